/// A device at a serial line, whatever it speaks: bytes of a request in, bytes of an answer out. A protocol is added with
/// a type like ``ModbusRTUSlave`` and a line in ``LineRack``.
protocol LineSlave: Sendable {
    var device: String { get }
    /// The shortest time from a request to an answer.
    var quickest: Nanoseconds { get }

    /// True for a sound request to this device. Of logs only: it may be asked about what the device never heard.
    func isAddressed(by frame: [UInt8]) -> Bool

    /// What the device makes of bytes that were followed by silence.
    /// - Parameter elapsed: Since the start of the simulation: what the faults go by.
    mutating func hear(_ frame: [UInt8], at elapsed: Nanoseconds) -> Hearing
}

/// What a device has to say to a frame.
enum Hearing: Sendable {
    /// No frame of its protocol.
    case nonsense
    /// A sound frame for another device.
    case foreign
    /// It understood and stays silent; the event to log, such as `dead`.
    case silence(String)
    case answer(LineReply)
}

/// An answer as it goes over the line.
struct LineReply: Sendable {
    var served: Served
    /// With everything that a fault has put around it or taken off.
    var bytes: [UInt8]
    /// From the end of the request to the first character.
    var delay: Nanoseconds
}
