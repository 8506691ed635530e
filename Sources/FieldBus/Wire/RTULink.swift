internal import CLinux
internal import GatewayModel
internal import Glibc
internal import SerialLine

/// Modbus RTU frames over a descriptor: a serial port, a PTY, or a TCP connection to a converter.
final class RTULink: BusLink {
    let descriptor: CInt
    /// Keeps the descriptor open.
    private let owner: AnyObject
    private let framing: ModbusFraming
    let wait: LineWait
    /// Of the speed that the line is set to.
    var pace: RTUPace
    let isSocket: Bool
    /// nil: a connection, whose speed is the converter's.
    let port: SerialPort?
    let busFormat: SerialFormat?
    /// Speed and format that the port is set to.
    var tunedTo: SerialFormat?
    let recorder: FlightRecorder
    /// Nothing has been on the line since.
    var silentSince: BootTime
    /// Silence that the speed before the last change asks for, until it has been kept.
    var silenceOwed: Nanoseconds = 0
    private(set) var isSpent = false
    var silenceLead = WakeLead()
    private var answerLead = WakeLead()
    private var arrivalLead = ArrivalLead()

    /// nil: libmodbus cannot use the descriptor.
    init?(port: SerialPort, format: SerialFormat, wait: LineWait, recorder: FlightRecorder) {
        guard let framing = ModbusFraming(.rtu, descriptor: port.descriptor) else { return nil }
        descriptor = port.descriptor
        owner = port
        self.framing = framing
        self.wait = wait
        pace = RTUPace(serial: port.settings.timing)
        isSocket = false
        self.port = port
        busFormat = format
        tunedTo = format
        self.recorder = recorder
        silentSince = wait.now
    }

    /// nil: libmodbus cannot use the descriptor.
    init?(_ connection: TCPConnection, wait: LineWait, recorder: FlightRecorder) {
        guard let framing = ModbusFraming(.rtu, descriptor: connection.descriptor) else { return nil }
        descriptor = connection.descriptor
        owner = connection
        self.framing = framing
        self.wait = wait
        pace = RTUPace(converter: ())
        isSocket = true
        port = nil
        busFormat = nil
        self.recorder = recorder
        silentSince = wait.now
    }

    /// What comes late over a connection would stand in the way of every answer after it.
    func giveUpConnection() { isSpent = isSocket }

    func transact(_ asking: Asking) -> Transaction {
        if let failure = tune(to: asking.format) { return Transaction(outcome: failure, end: wait.now) }
        var course = Course(request: asking.request, patience: asking.patience, end: silentSince)
        course.outcome = run(&course, timeout: asking.timeout, guardTime: asking.guardTime)
        if course.outcome == .noReply || course.outcome == .wrongAnswer || course.outcome == .shortFrame {
            giveUpConnection()
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

    private func awaitSilence(_ course: inout Course, guardTime: Nanoseconds) -> TransactionOutcome? {
        let failure = awaitQuiet(guardTime: guardTime, strays: &course.strays, overheard: &course.overheard)
        guard let failure else { return nil }
        return course.ended(failure, at: failure == .checksum ? silentSince : wait.now)
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
        var next = expected - arrivalLead.value
        let watched = expected + .microseconds(20)
        var looks = 0
        // Nobody may keep the line for longer than twice the time that the frame takes.
        let limit = expected + pace.characters(whole) + 2 * pace.gap
        while arrival.count < whole {
            guard wait.sleepExactly(until: next, lead: &answerLead) else {
                arrival.failure = .stopped
                return arrival
            }
            let now = wait.now
            let count = Int(CLinux_bytes_waiting(descriptor))
            looks += 1
            if count > arrival.count {
                (arrival.count, arrival.end) = (count, now)
            } else if now - max(arrival.end, expected) >= pace.gap || now >= limit {
                return arrival
            }
            // The last byte is about to come: watched for awake, and no longer than the lead.
            next = now < watched ? now : now + pace.step(missing: whole - arrival.count, waited: now - expected)
        }
        if looks > 0 { arrivalLead.record(early: expected - arrival.end, atOnce: looks == 1) }
        arrival.isWhole = true
        return arrival
    }
}
