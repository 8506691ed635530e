import Glibc

extension TCPBusSimulation {
    /// Takes what a master has sent and answers every whole request in it.
    mutating func receive(_ descriptor: CInt) {
        var chunk = [UInt8](repeating: 0, count: 600)
        let count = read(descriptor, &chunk, chunk.count)
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count > 0, var buffer = connections[descriptor]?.buffer else { return drop(descriptor) }
        buffer += chunk.prefix(count)
        while let request = tcp.rtuFraming ? nextRTU(&buffer) : nextTCP(&buffer) {
            handle(request, descriptor)
        }
        guard buffer.count <= 600 else { return drop(descriptor) }
        connections[descriptor]?.buffer = buffer
    }

    struct Request {
        /// Transaction and protocol number; empty with RTU framing.
        var header: [UInt8]
        var unit: UInt8
        var pdu: [UInt8]
        var isSound = true
    }

    /// MODBUS Messaging on TCP/IP V1.0b, 3.1.3: transaction, protocol 0, length of what follows, unit.
    private func nextTCP(_ buffer: inout [UInt8]) -> Request? {
        guard buffer.count >= 8 else { return nil }
        let length = Int(buffer[4]) << 8 | Int(buffer[5])
        guard buffer[2] == 0, buffer[3] == 0, (2...254).contains(length) else {
            buffer = []
            return Request(header: [], unit: 0, pdu: [], isSound: false)
        }
        guard buffer.count >= 6 + length else { return nil }
        let request = Request(header: Array(buffer[0..<4]), unit: buffer[6], pdu: Array(buffer[7..<6 + length]))
        buffer.removeFirst(6 + length)
        return request
    }

    /// A stream has no silences: the function says how long the request is.
    private func nextRTU(_ buffer: inout [UInt8]) -> Request? {
        guard buffer.count >= 4 else { return nil }
        var length = 8
        if buffer[1] == 15 || buffer[1] == 16 {
            guard buffer.count >= 7 else { return nil }
            length = 9 + Int(buffer[6])
        } else if buffer[1] == 0 || buffer[1] > 6 {
            length = buffer.count
        }
        guard buffer.count >= length else { return nil }
        let frame = buffer[0..<length]
        let isSound = ModbusCRC.matches(frame)
        let request = Request(
            header: [], unit: frame[0], pdu: Array(frame.dropFirst().dropLast(2)), isSound: isSound)
        buffer = isSound ? Array(buffer[length...]) : []
        return request
    }

    private mutating func handle(_ request: Request, _ descriptor: CInt) {
        let now = Clock.monotonic()
        context.meter.count { statistics in
            statistics.requests += 1
            if statistics.firstRequest == nil { statistics.firstRequest = now }
        }
        guard request.isSound, let connection = connections[descriptor] else {
            return dismiss("malformed", nil, \.malformed)
        }
        let device = rack.device(at: request.unit)
        guard var reply = rack.answer(unit: request.unit, request.pdu[...], at: now - context.start) else {
            return dismiss(device == nil ? "nobody" : "dead", device, \.unanswered)
        }
        reply.served.asked = now
        let delay = context.isFast && reply.served.event != "late" ? 0 : reply.delay
        let answer = Answer(
            moment: now + delay, connection: descriptor, serial: connection.serial, bytes: framed(reply, request),
            reply: reply)
        outgoing.insert(answer, at: outgoing.firstIndex { $0.moment > answer.moment } ?? outgoing.endIndex)
    }

    private mutating func framed(_ reply: Reply, _ request: Request) -> [UInt8] {
        var bytes: [UInt8]
        if tcp.rtuFraming {
            bytes = [reply.unit] + reply.pdu
            var check = ModbusCRC.bytes(of: bytes)
            if reply.spoilsCRC { check[Int(random.next() % 2)] ^= 1 << UInt8(random.next() % 8) }
            bytes += check
        } else {
            let length = reply.pdu.count + 1
            bytes = request.header + [UInt8(length >> 8), UInt8(length & 255), reply.unit] + reply.pdu
        }
        bytes.removeLast(min(reply.missing, bytes.count - 1))
        return bytes
    }

    private func dismiss(_ event: String, _ device: String?, _ counter: WritableKeyPath<LineStatistics, Int>) {
        context.meter.count { $0[keyPath: counter] += 1 }
        context.truth?.event(event, bus: bus.id, device: device, at: Clock.realtime())
    }

    /// Sends all answers whose time has come.
    mutating func deliver(_ now: Nanoseconds) {
        while let answer = outgoing.first, answer.moment <= now {
            outgoing.removeFirst()
            guard connections[answer.connection]?.serial == answer.serial else { continue }
            let moment = Clock.monotonic()
            let wallTime = Clock.realtime()
            let count = send(answer.connection, answer.bytes, answer.bytes.count, CInt(MSG_NOSIGNAL))
            context.meter.count { $0.lateness.add(moment - answer.moment) }
            context.account(
                answer.reply.served, bus: bus.id,
                event: count == answer.bytes.count ? answer.reply.served.event : "overflow",
                end: moment, wallTime, useful: 0)
        }
    }
}
