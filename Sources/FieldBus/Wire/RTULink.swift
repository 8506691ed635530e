internal import CLinux
internal import GatewayModel
internal import Glibc
internal import SerialLine

/// Modbus RTU frames over a descriptor: a serial port, a PTY, or a TCP connection to a converter.
final class RTULink: BusLink {
    private let descriptor: CInt
    /// Keeps the descriptor open.
    private let owner: AnyObject
    private let framing: ModbusFraming
    private let wait: LineWait
    private let pace: RTUPace
    private let isSocket: Bool
    private let recorder: FlightRecorder
    /// Nothing has been on the line since.
    private var silentSince: BootTime
    private(set) var isSpent = false
    private var silenceLead = WakeLead()
    private var answerLead = WakeLead()

    /// nil: libmodbus cannot use the descriptor.
    init?(
        descriptor: CInt, owner: AnyObject, isSocket: Bool, pace: RTUPace, wait: LineWait, recorder: FlightRecorder
    ) {
        guard let framing = ModbusFraming(.rtu, descriptor: descriptor) else { return nil }
        self.descriptor = descriptor
        self.owner = owner
        self.framing = framing
        self.wait = wait
        self.pace = pace
        self.isSocket = isSocket
        self.recorder = recorder
        silentSince = wait.now
    }

    func transact(_ asking: Asking) -> Transaction {
        var course = Course(request: asking.request, patience: asking.patience, end: silentSince)
        course.outcome = run(&course, timeout: asking.timeout, guardTime: asking.guardTime)
        if course.outcome == .noReply || course.outcome == .wrongAnswer || course.outcome == .shortFrame {
            isSpent = isSocket
        }
        silentSince = course.end
        return Transaction(
            outcome: course.outcome, sent: course.sent, end: course.end, turnaround: course.turnaround,
            answerMayCome: course.sent != nil && course.answerMayCome, strays: course.strays,
            overheard: course.overheard)
    }

    private func run(_ course: inout Course, timeout: Nanoseconds, guardTime: Nanoseconds) -> TransactionOutcome {
        if let failure = awaitSilence(&course, guardTime: guardTime) { return failure }
        let begin = wait.now
        let error = framing.send(course.request)
        guard error == 0 else { return course.ended(lost(error, "write"), at: wait.now) }
        course.sent = begin
        recorder.record(.sent, at: begin, course.request.rtuFrame)
        course.requestEnd = begin + pace.characters(ReadRequest.rtuRequestBytes)
        course.deadline = course.requestEnd + timeout + pace.hidden(course.request.rtuAnswerBytes)
        while true {
            switch wait.wait(for: descriptor, until: course.deadline) {
            case .stopped: return course.ended(.stopped, at: wait.now)
            case .timedOut: return course.ended(course.unanswered, at: wait.now)
            case .hungUp: return course.ended(lost(EIO, "poll"), at: wait.now)
            case .ready: break
            }
            if let outcome = hear(&course) { return outcome }
        }
    }

    /// 3.5 characters and the device's own guard time after the last byte, and nothing in the input: bytes that wait
    /// are a late answer or noise.
    private func awaitSilence(_ course: inout Course, guardTime: Nanoseconds) -> TransactionOutcome? {
        let limit = wait.now + pace.silence + guardTime + 2 * pace.longestDrain
        while true {
            guard wait.sleepExactly(until: silentSince + pace.silence + guardTime, lead: &silenceLead) else {
                return course.ended(.stopped, at: wait.now)
            }
            let waiting = CLinux_bytes_waiting(descriptor)
            if waiting == 0 { return nil }
            guard waiting > 0 else { return course.ended(lost(errno, "FIONREAD"), at: wait.now) }
            let heard = drain()
            recorder.record(.unasked, at: heard.begin, heard.bytes)
            course.strays += FrameScan(heard.bytes, for: nil).strays.map { $0.heard(at: heard.begin) }
            course.overheard.noteIdle(heard.bytes)
            silentSince = heard.end
            if let failure = heard.failure { return course.ended(failure, at: heard.end) }
            if !heard.fellSilent || wait.now > limit { return course.ended(.checksum, at: heard.end) }
        }
    }

    /// Something has arrived. nil: it was not the answer; listen on.
    private func hear(_ course: inout Course) -> TransactionOutcome? {
        let arrival = awaitFrame(course.request)
        if let failure = arrival.failure { return course.ended(failure, at: arrival.end) }
        guard arrival.count >= ReadRequest.rtuExceptionBytes else {
            return afterSpoiling(&course, consumed: [], arrival: arrival)
        }
        switch framing.receive(from: course.request.unit, patience: pace.patience(whole: arrival.isWhole)) {
        case .failed(let number): return course.ended(lost(number, "read"), at: wait.now)
        case .frame(let body, _):
            let frame = framing.taken(body.count + 2)
            recorder.record(.received, at: arrival.begin, frame)
            switch AnswerCheck(body, to: course.request) {
            case .values(let data): return course.answered(.values(data), arrival, pace)
            case .exception(let code): return course.answered(.exception(code), arrival, pace)
            case .mismatch:
                course.overheard.noteIdle(frame)
                course.noteStray(StrayFrame(body), at: arrival.end)
                return nil
            }
        case .otherUnit, .spoiled, .short:
            let left = max(0, Int(CLinux_bytes_waiting(descriptor)))
            return afterSpoiling(&course, consumed: framing.taken(arrival.count - left), arrival: arrival)
        }
    }

    /// Reads the line empty and looks whether the answer was in it after all, behind noise or behind a late answer.
    private func afterSpoiling(
        _ course: inout Course, consumed: [UInt8], arrival: Arrival
    ) -> TransactionOutcome? {
        let rest = drain()
        let bytes = consumed + rest.bytes
        recorder.record(.received, at: arrival.begin, bytes)
        course.overheard.noteAnswer(bytes, to: course.request)
        let scan = FrameScan(bytes, for: course.request)
        for stray in scan.strays { course.noteStray(stray, at: rest.end) }
        let end = rest.bytes.isEmpty ? arrival.end : rest.end
        if let failure = rest.failure { return course.ended(failure, at: rest.end) }
        switch scan.answer {
        case .values(let data): return course.ended(.values(data), at: end)
        case .exception(let code): return course.ended(.exception(code), at: end)
        case .mismatch, nil: break
        }
        // Another device's late answer, or a spark of noise: the answer may still come.
        if !scan.strays.isEmpty || bytes.count < 4 { return nil }
        // Only what begins like the answer was the answer.
        let begin = [course.request.unit, course.request.function, UInt8(truncatingIfNeeded: course.request.dataBytes)]
        course.answerMayCome = !bytes.starts(with: begin)
        let isShort = bytes.count < course.request.rtuAnswerBytes && !course.answerMayCome
        return course.ended(isShort ? .shortFrame : .checksum, at: end)
    }

    /// Waits until as many bytes are there as the answer has, without a wake-up for each: the first byte tells when
    /// the last one is due.
    private func awaitFrame(_ request: ReadRequest) -> Arrival {
        let whole = request.rtuAnswerBytes
        let seen = wait.now
        var arrival = Arrival(count: Int(CLinux_bytes_waiting(descriptor)), end: seen)
        guard arrival.count > 0 else {
            arrival.failure = lost(arrival.count < 0 ? errno : ECONNRESET, "read")
            return arrival
        }
        arrival.begin = seen - pace.characters(arrival.count)
        let expected = seen + pace.characters(whole - arrival.count)
        var next = expected
        // Nobody may keep the line for longer than twice the time that the frame takes.
        let limit = expected + pace.characters(whole) + 2 * pace.gap
        while arrival.count < whole {
            guard wait.sleepExactly(until: next, lead: &answerLead) else {
                arrival.failure = .stopped
                return arrival
            }
            let now = wait.now
            let count = Int(CLinux_bytes_waiting(descriptor))
            if count > arrival.count {
                (arrival.count, arrival.end) = (count, now)
            } else if now - max(arrival.end, expected) >= pace.gap || now >= limit {
                return arrival
            }
            next = now + pace.step(missing: whole - arrival.count, waited: now - expected)
        }
        arrival.isWhole = true
        return arrival
    }

    /// Reads until the line has been silent for long enough to be sure of it, then empties the kernel's buffer.
    private func drain() -> Drained {
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

    private func lost(_ number: CInt, _ operation: String) -> TransactionOutcome {
        .lost(LinkError(description: "\(operation): \(String(cString: strerror(number)))"))
    }
}
