internal import CLinux
internal import GatewayModel
internal import Glibc
internal import SerialLine

/// Meters on the same line, and its speed and format.
extension RTULink {
    func inquire(_ inquiry: Inquiry) -> Transaction {
        if let failure = tune(to: inquiry.format) { return Transaction(outcome: failure, end: wait.now) }
        let exchange = MeterExchange(self, timeout: inquiry.timeout, guardTime: inquiry.guardTime)
        let outcome = MeterTalk(inquiry, over: exchange).run()
        switch outcome {
        case .noReply, .wrongAnswer, .shortFrame: giveUpConnection()
        default: break
        }
        return Transaction(
            outcome: outcome, sent: exchange.sent, end: exchange.end, turnaround: exchange.turnaround,
            strays: exchange.strays, overheard: exchange.overheard)
    }

    /// Sets the port to a device's own speed and format, or back to the bus's. nil: it is.
    ///
    /// The line is silent before for as long as the old speed asks for, and then for as long as the new one does: devices
    /// of either must not take the end of one frame and the begin of the other for one.
    func tune(to format: SerialFormat?) -> TransactionOutcome? {
        guard let port, let busFormat else { return nil }
        let wanted = format ?? busFormat
        guard wanted != tunedTo else { return nil }
        guard wait.sleep(until: silentSince + pace.silence) else { return .stopped }
        do {
            try port.apply(SerialSettings(wanted))
        } catch {
            return .lost(LinkError(description: error.description))
        }
        silenceOwed = pace.silence
        pace = RTUPace(serial: SerialSettings(wanted).timing)
        tunedTo = wanted
        return nil
    }

    /// Silence of the line and of the device after the last byte, and nothing in the input: bytes that wait are a late
    /// answer or noise. nil: it is quiet.
    func awaitQuiet(
        guardTime: Nanoseconds, strays: inout [StrayFrame], overheard: inout Overheard
    ) -> TransactionOutcome? {
        let silence = max(pace.silence, silenceOwed) + guardTime
        let limit = wait.now + silence + 2 * pace.longestDrain
        while true {
            guard wait.sleepExactly(until: silentSince + silence, lead: &silenceLead) else { return .stopped }
            let waiting = CLinux_bytes_waiting(descriptor)
            if waiting == 0 {
                silenceOwed = 0
                return nil
            }
            guard waiting > 0 else { return lost(errno, "FIONREAD") }
            let heard = drain()
            recorder.record(.unasked, at: heard.begin, heard.bytes)
            strays += FrameScan(heard.bytes, for: nil).strays.map { $0.heard(at: heard.begin) }
            overheard.noteIdle(heard.bytes)
            silentSince = heard.end
            if let failure = heard.failure { return failure }
            if !heard.fellSilent || wait.now > limit { return .checksum }
        }
    }

    /// Reads until the line has been silent for long enough to be sure of it, then empties the kernel's buffer.
    func drain() -> Drained {
        var heard = Drained(end: wait.now)
        heard.begin = heard.end - pace.characters(max(0, Int(CLinux_bytes_waiting(descriptor))))
        let limit = heard.end + pace.longestDrain
        var chunk = [UInt8](repeating: 0, count: 512)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            if count < 0, errno != EAGAIN {
                heard.failure = lost(errno, "read")
                return heard
            }
            if count > 0 {
                heard.take(chunk[..<count], at: wait.now)
            }
            guard wait.now < limit else {
                heard.fellSilent = false
                break
            }
            switch wait.wait(for: descriptor, until: wait.now + pace.gap) {
            case .ready where CLinux_bytes_waiting(descriptor) > 0: continue
            case .ready, .hungUp:
                heard.failure = lost(EIO, "poll")
                return heard
            case .stopped:
                heard.failure = .stopped
                return heard
            case .timedOut: break
            }
            break
        }
        if !isSocket { tcflush(descriptor, TCIFLUSH) }
        return heard
    }

    func lost(_ number: CInt, _ operation: String) -> TransactionOutcome {
        .lost(LinkError(description: "\(operation): \(String(cString: strerror(number)))"))
    }
}

extension SerialSettings {
    init(_ format: SerialFormat) {
        let parity: SerialSettings.Parity =
            switch format.parity {
            case .none: .none
            case .even: .even
            case .odd: .odd
            }
        self.init(baud: format.baud, dataBits: format.dataBits, parity: parity, stopBits: format.stopBits)
    }
}
