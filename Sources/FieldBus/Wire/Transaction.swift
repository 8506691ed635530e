package import GatewayModel

/// What came of one request.
package enum TransactionOutcome: Hashable, Sendable {
    /// The data bytes of a sound answer, as many as were asked for.
    case values([UInt8])
    /// What a meter without registers said.
    case answer(MeterAnswer)
    /// The device refused (V1.1b3, 7); the code as sent, 1...255.
    case exception(UInt8)
    /// Nothing came within the response timeout.
    case noReply
    /// An answer began and broke off.
    case shortFrame
    /// Something came whose check sum was wrong, or noise.
    case checksum
    /// A sound frame came that does not answer this request, and nothing better within the response timeout.
    case wrongAnswer
    /// The port or connection failed: close it, open it again.
    case lost(LinkError)
    /// The worker was told to stop.
    case stopped

    /// Something came and could not be used.
    var isSpoiled: Bool {
        switch self {
        case .shortFrame, .checksum, .wrongAnswer: true
        case .values, .answer, .exception, .noReply, .lost, .stopped: false
        }
    }
}

/// One request and what became of it.
package struct Transaction: Hashable, Sendable {
    package var outcome: TransactionOutcome
    /// When the request was written; nil: it never was.
    package var sent: BootTime?
    /// The moment of the last byte of the answer; of a failed request, the moment it was given up.
    package var end: BootTime
    /// From the end of the request on the wire to the begin of the answer's first character; nil: no answer.
    package var turnaround: Nanoseconds?
    /// The request went out, and what came back, if anything, was not its answer: that may still come.
    package var answerMayCome = false
    /// Sound frames of this bus's devices that answered an earlier request, seen before or while this one ran.
    package var strays: [StrayFrame] = []
    /// What else was on the line; empty over Modbus TCP.
    package var overheard = Overheard()

    package init(
        outcome: TransactionOutcome, sent: BootTime? = nil, end: BootTime, turnaround: Nanoseconds? = nil,
        answerMayCome: Bool = false, strays: [StrayFrame] = [], overheard: Overheard = Overheard()
    ) {
        self.outcome = outcome
        self.sent = sent
        self.end = end
        self.turnaround = turnaround
        self.answerMayCome = answerMayCome
        self.strays = strays
        self.overheard = overheard
    }
}

/// A sound frame that nobody was waiting for.
package struct StrayFrame: Hashable, Sendable {
    var unit: UInt8
    /// Without the mark of an exception.
    var function: UInt8
    var dataBytes: Int
    /// When it began; nil: not known.
    var heard: BootTime?

    func heard(at moment: BootTime) -> StrayFrame {
        var frame = self
        frame.heard = moment
        return frame
    }

    init(unit: UInt8, function: UInt8, dataBytes: Int) {
        self.unit = unit
        self.function = function
        self.dataBytes = dataBytes
    }

    /// - Parameter body: unit, function, byte count or exception code, data; at least 3 bytes.
    init(_ body: ArraySlice<UInt8>) {
        let head = Array(body.prefix(3))
        self.init(
            unit: head.first ?? 0, function: (head.count > 1 ? head[1] : 0) & 0x7F, dataBytes: max(0, body.count - 3))
    }
}

/// Why a port or connection cannot be used.
package struct LinkError: Error, Hashable, Sendable, CustomStringConvertible {
    /// For status and logs: operation, reason, advice.
    package var description: String

    package init(description: String) { self.description = description }
}
