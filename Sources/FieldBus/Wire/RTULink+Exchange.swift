internal import GatewayModel
internal import Glibc

/// Questions of a search: any bytes out, whatever comes back in, at any settings of the port.
extension RTULink {
    enum Exchange: Hashable {
        /// What came until the line was silent; empty: nothing within the timeout. `strays`: sound frames that came before,
        /// or with it.
        case heard([UInt8], turnaround: Nanoseconds, strays: [StrayFrame])
        case stopped
        case lost(LinkError)
    }

    /// Two telegrams of an M-Bus meter, nearly.
    private static let longestHeard = 512

    /// Asks at the step's settings and puts the port back to the bus's own. Blocks for at most the step's cost and the time
    /// of the answer.
    func exchange(_ step: ScanStep) -> Exchange {
        guard port != nil else { return .lost(LinkError(description: "only a serial port can be searched")) }
        if let failure = tune(to: step.format) { return Self.exchange(failure) }
        let result = ask(step)
        silentSince = wait.now
        if let failure = tune(to: nil) { return Self.exchange(failure) }
        return result
    }

    private static func exchange(_ failure: TransactionOutcome) -> Exchange {
        if case .lost(let reason) = failure { return .lost(reason) }
        return .stopped
    }

    private func ask(_ step: ScanStep) -> Exchange {
        var strays: [StrayFrame] = []
        var overheard = Overheard()
        switch awaitQuiet(guardTime: 0, strays: &strays, overheard: &overheard) {
        // Who never falls silent is no reason not to ask.
        case nil, .checksum?: break
        case let failure?: return Self.exchange(failure)
        }
        let request = step.request
        let begin = wait.now
        let sent = write(descriptor, request, request.count)
        guard sent == request.count else { return Self.exchange(lost(sent < 0 ? errno : EIO, "write")) }
        recorder.record(.sent, at: begin, request)
        let requestEnd = begin + pace.characters(request.count)
        var bytes: [UInt8] = []
        var turnaround: Nanoseconds = 0
        var deadline = requestEnd + step.timeout + pace.hidden(8)
        // Who never ends does not hold the line.
        let limit = deadline + pace.characters(Self.longestHeard)
        while true {
            switch wait.wait(for: descriptor, until: deadline) {
            case .stopped: return .stopped
            case .hungUp: return .lost(LinkError(description: "poll: the port is gone"))
            case .timedOut: return .heard(bytes, turnaround: turnaround, strays: strays)
            case .ready: break
            }
            let rest = drain()
            if let failure = rest.failure { return Self.exchange(failure) }
            if bytes.isEmpty { turnaround = max(0, rest.begin - requestEnd) }
            recorder.record(.received, at: rest.begin, rest.bytes)
            strays += FrameScan(rest.bytes, for: nil).strays.map { $0.heard(at: rest.begin) }
            bytes += rest.bytes.prefix(max(0, Self.longestHeard - bytes.count))
            // What has begun may end later than it had to begin.
            deadline = min(limit, max(deadline, wait.now + pace.gap))
            // Noise does not end the wait, nor does one of several.
            if !step.target.isForMany, !ScanAnswer.findings(in: bytes, to: step, turnaround: turnaround).isEmpty {
                return .heard(bytes, turnaround: turnaround, strays: strays)
            }
        }
    }
}
