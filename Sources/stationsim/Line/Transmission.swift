import SerialLine

/// Bytes that somebody else than the program at the port puts on the line from a certain moment on.
struct Transmission {
    /// When the first character begins.
    let start: Nanoseconds
    let bytes: [UInt8]
    let settings: SerialSettings
    let sender: Emission.Sender
    let content: Content
    /// Its place on the wire; 0 without pace, where there is none.
    let emission: UInt64
    /// Characters whose time has come.
    var sent = 0
    var way = Way.undecided
    /// Those at its beginning that were handed over as they are, before something came across.
    var straight = 0
    /// The other end did not read, and the bytes were lost.
    var isLost = false

    enum Content {
        case noise
        /// Of a second master.
        case request
        /// - Parameters:
        ///   - requestTime: How long the request took that it answers.
        ///   - master: Whose request; nil: of the program at the port.
        case answer(Served, requestTime: Nanoseconds, master: Int?)
    }

    /// How it gets to the program at the port.
    enum Way {
        case undecided
        /// Settings agree, the cable is sound, nobody else sends: the bytes are handed over as they are.
        case straight
        /// Bit by bit, through the port's UART.
        case heard
    }

    var device: String? {
        if case .device(let id) = sender { return id }
        return nil
    }
}
