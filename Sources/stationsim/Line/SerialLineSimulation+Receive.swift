import Glibc
import SerialLine

extension SerialLineSimulation {
    /// Takes what the master has written.
    mutating func receive() {
        guard let terminal else { return }
        let now = Clock.monotonic()
        let fresh = withUnsafeTemporaryAllocation(byteCount: 512, alignment: 1) { buffer in
            Array(buffer.prefix(terminal.read(into: buffer)))
        }
        guard !fresh.isEmpty else { return }
        if request != nil {
            request?.bytes += fresh
        } else {
            request = begin(fresh, now)
        }
        if (request?.bytes.count ?? 0) > 512 { request?.bytes.removeSubrange(512...) }
        if outgoing.contains(where: { $0.start <= now }) { collide() }
    }

    private mutating func begin(_ bytes: [UInt8], _ now: Nanoseconds) -> IncomingRequest {
        var request = IncomingRequest(bytes: bytes, start: now)
        let silence = lineEnd + timing.frameSilence
        if isPaced, lastFrame == .answer { context.meter.count { $0.gaps.add(now - silence) } }
        if isPaced, now < silence {
            if lastFrame == .noise { request.isGarbled = true } else { request.isTooSoon = serial.strict }
        }
        return request
    }

    /// Two senders at once: nobody understands either.
    private mutating func collide() {
        guard isPaced else { return }
        request?.isGarbled = true
        for index in outgoing.indices where outgoing[index].start < requestEnd { outgoing[index].isGarbled = true }
    }

    /// When the last character of the request leaves the line.
    var requestEnd: Nanoseconds {
        guard let request else { return .min }
        return isPaced ? request.start + timing.characters(request.bytes.count) : request.start
    }

    /// When the request counts as complete: late enough for a second part of it, soon enough for the quickest slave.
    func settled(_ request: IncomingRequest) -> Nanoseconds {
        requestEnd + (isPaced ? min(timing.characterSilence, rack.quickest / 2) : 0)
    }

    /// Gives a request that has left the line to its slave.
    mutating func finishRequest(_ now: Nanoseconds) {
        guard let request, now >= settled(request) else { return }
        let end = requestEnd
        self.request = nil
        lineEnd = max(lineEnd, end)
        lastFrame = .request
        let unit = request.bytes[0]
        let device = rack.device(at: unit)
        context.meter.count { statistics in
            statistics.requests += 1
            if statistics.firstRequest == nil { statistics.firstRequest = request.start }
        }
        if request.isTooSoon { return dismiss("ignored", device, \.ignored) }
        if request.isGarbled { return dismiss("collision", device, \.spoiled) }
        guard ModbusCRC.matches(request.bytes) else { return dismiss("malformed", nil, \.malformed) }
        if outgoing.contains(where: { $0.reply?.device == device && device != nil }) {
            return dismiss("busy", device, \.unanswered)
        }
        let elapsed = now - context.start
        guard let reply = rack.answer(unit: unit, request.bytes.dropFirst().dropLast(2), at: elapsed) else {
            return dismiss(device == nil ? "nobody" : "dead", device, \.unanswered)
        }
        send(reply, after: end, requestLength: request.bytes.count)
    }

    private func dismiss(_ event: String, _ device: String?, _ counter: WritableKeyPath<LineStatistics, Int>) {
        context.meter.count { $0[keyPath: counter] += 1 }
        context.truth?.event(event, bus: bus.id, device: device, at: Clock.realtime())
    }

    private mutating func send(_ reply: Reply, after end: Nanoseconds, requestLength: Int) {
        var frame = [reply.unit] + reply.pdu
        var check = ModbusCRC.bytes(of: frame)
        if reply.spoilsCRC { check[Int(random.next() % 2)] ^= 1 << UInt8(random.next() % 8) }
        frame += check
        frame.removeLast(min(reply.missing, frame.count - 1))
        let bytes = noise(reply.noiseBefore) + frame + noise(reply.noiseAfter)
        let delay = isPaced || reply.event == "late" ? reply.delay : 0
        add(Transmission(start: end + delay, bytes: bytes, reply: reply, requestLength: requestLength))
    }

    mutating func noise(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    mutating func add(_ transmission: Transmission) {
        let place = outgoing.firstIndex { $0.start > transmission.start } ?? outgoing.endIndex
        outgoing.insert(transmission, at: place)
    }
}
