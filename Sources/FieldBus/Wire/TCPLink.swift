internal import CLinux
internal import GatewayModel
internal import Glibc

/// Modbus TCP over a connection (MODBUS Messaging on TCP/IP Implementation Guide V1.0b).
final class TCPLink: BusLink {
    private let connection: TCPConnection
    private let framing: ModbusFraming
    private let wait: LineWait
    private let recorder: FlightRecorder
    private var transaction: UInt16
    private var lastEnd: BootTime
    private(set) var isSpent = false

    /// How long the rest of an answer may take once its first bytes are here.
    private static let gap: Nanoseconds = .milliseconds(100)
    private static let header = 7

    /// nil: libmodbus cannot use the descriptor.
    init?(_ connection: TCPConnection, wait: LineWait, recorder: FlightRecorder) {
        guard let framing = ModbusFraming(.tcp, descriptor: connection.descriptor) else { return nil }
        self.connection = connection
        self.framing = framing
        self.wait = wait
        self.recorder = recorder
        // Begun at random, so that a converter which mixes up old and new connections is found out.
        transaction = .random(in: 0...UInt16.max)
        lastEnd = wait.now
    }

    func transact(_ asking: Asking) -> Transaction {
        let request = asking.request
        var result = Transaction(outcome: .stopped, end: lastEnd)
        defer { lastEnd = result.end }
        if asking.guardTime > 0, !wait.sleep(until: lastEnd + asking.guardTime) {
            result.end = wait.now
            return result
        }
        transaction &+= 1
        let sent = wait.now
        let error = framing.send(request, transaction: transaction)
        if error == 0 {
            result.sent = sent
            recorder.record(.sent, at: sent, request.tcpFrame(transaction: transaction))
            result.outcome = answer(to: request, &result, deadline: sent + asking.timeout)
        } else {
            result.outcome = lost(error, "send")
        }
        result.end = wait.now
        switch result.outcome {
        case .values, .exception: break
        // What comes late would stand in the way of every answer after it.
        default: isSpent = true
        }
        return result
    }

    /// A server of Modbus TCP speaks nothing else; the configuration has no such device.
    func inquire(_ inquiry: Inquiry) -> Transaction { Transaction(outcome: .noReply, end: wait.now) }

    private func answer(
        to request: ReadRequest, _ result: inout Transaction, deadline: BootTime
    ) -> TransactionOutcome {
        var sawStray = false
        while true {
            switch wait.wait(for: connection.descriptor, until: deadline) {
            case .stopped: return .stopped
            case .timedOut: return sawStray ? .wrongAnswer : .noReply
            case .hungUp: return lost(ECONNRESET, "poll")
            case .ready: break
            }
            let first = wait.now
            if let failure = awaitFrame() { return failure }
            let waiting = Int(CLinux_bytes_waiting(connection.descriptor))
            let received = framing.receive(from: request.unit, patience: 1_000)
            let left = max(0, Int(CLinux_bytes_waiting(connection.descriptor)))
            recorder.record(.received, at: first, framing.taken(waiting - left))
            switch received {
            case .failed(let number): return lost(number, "recv")
            case .short: return .shortFrame
            case .spoiled, .otherUnit: return .wrongAnswer
            case .frame(let body, let answered):
                let check = answered == transaction ? AnswerCheck(body, to: request) : .mismatch
                if let sent = result.sent, check != .mismatch { result.turnaround = first - sent }
                switch check {
                case .values(let data): return .values(data)
                case .exception(let code): return .exception(code)
                case .mismatch: sawStray = true
                }
            }
        }
    }

    /// Waits until the frame that its header announces is there whole. nil: it is, or can be judged as it is.
    private func awaitFrame() -> TransactionOutcome? {
        let limit = wait.now + Self.gap
        var pause: Nanoseconds = .microseconds(200)
        while true {
            var head = [UInt8](repeating: 0, count: Self.header)
            let seen = recv(connection.descriptor, &head, head.count, CInt(MSG_PEEK))
            if seen == 0 { return lost(ECONNRESET, "recv") }
            if seen < 0, errno != EAGAIN, errno != EINTR { return lost(errno, "recv") }
            if seen == Self.header {
                let announced = 6 + (Int(head[4]) << 8 | Int(head[5]))
                let waiting = Int(CLinux_bytes_waiting(connection.descriptor))
                if waiting >= announced || announced > 260 { return nil }
            }
            if wait.now >= limit { return .shortFrame }
            guard wait.sleep(until: min(limit, wait.now + pause)) else { return .stopped }
            pause = min(2 * pause, .milliseconds(5))
        }
    }

    private func lost(_ number: CInt, _ operation: String) -> TransactionOutcome {
        .lost(LinkError(description: "\(operation): \(String(cString: strerror(number)))"))
    }
}
