/// A Modbus slave at a serial line: frames and check sums around ``Slave``.
struct ModbusRTUSlave: LineSlave {
    private let definition: DeviceDefinition
    private var slave: Slave
    private var random: SeededRandom

    init(_ definition: DeviceDefinition, seed: UInt64, board: SignalBoard) {
        self.definition = definition
        slave = Slave(definition, seed: seed, board: board)
        random = SeededRandom(seed: seed, stream: "frames \(definition.id)")
    }

    var device: String { definition.id }
    var quickest: Nanoseconds { definition.turnaround - definition.jitter }

    func isAddressed(by frame: [UInt8]) -> Bool { ModbusCRC.matches(frame) && frame.first == definition.unit }

    mutating func hear(_ frame: [UInt8], at elapsed: Nanoseconds) -> Hearing {
        guard ModbusCRC.matches(frame), let unit = frame.first else { return .nonsense }
        let isOwn = unit == definition.unit
        guard isOwn || steals(unit, at: elapsed) else { return .foreign }
        guard var reply = slave.answer(frame.dropFirst().dropLast(2), at: elapsed) else {
            return isOwn ? .silence("dead") : .foreign
        }
        if !isOwn {
            reply.unit = unit
            reply.served.values = []
            reply.served.event = "stolen"
        }
        return .answer(framed(reply))
    }

    private mutating func steals(_ unit: UInt8, at elapsed: Nanoseconds) -> Bool {
        for fault in definition.faults where fault.isActive(at: elapsed) {
            if case .steal(let units, let oneIn) = fault.kind, units.contains(unit), random.oneIn(oneIn) { return true }
        }
        return false
    }

    private mutating func framed(_ reply: Reply) -> LineReply {
        var frame = [reply.unit] + reply.pdu
        var check = ModbusCRC.bytes(of: frame)
        if reply.spoilsCRC { check[Int(random.next() % 2)] ^= 1 << UInt8(random.next() % 8) }
        frame += check
        frame.removeLast(min(reply.missing, frame.count - 1))
        return LineReply(
            served: reply.served, bytes: random.bytes(reply.noiseBefore) + frame + random.bytes(reply.noiseAfter),
            delay: reply.delay)
    }
}
