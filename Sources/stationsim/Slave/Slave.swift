/// One device of a bus: its tables, its slowness, its faults. Owned by the thread of its bus.
struct Slave {
    let definition: DeviceDefinition
    private let board: SignalBoard
    private var random: SeededRandom
    /// The addresses that exist, by table.
    private let existing: [Table: AddressSet]

    init(_ definition: DeviceDefinition, seed: UInt64, board: SignalBoard) {
        self.definition = definition
        self.board = board
        random = SeededRandom(seed: seed, stream: "slave \(definition.id)")
        var existing: [Table: AddressSet] = [:]
        for (table, range) in definition.readable { existing[table, default: AddressSet()].insert(Range(range)) }
        for point in definition.points { existing[point.table, default: AddressSet()].insert(point.addresses) }
        self.existing = existing
    }

    /// Answers one request; nil when the device stays silent.
    /// - Parameters:
    ///   - pdu: Function code and data, unit address and checks taken off.
    ///   - elapsed: Since the start of the simulation: what the faults go by.
    mutating func answer(_ pdu: ArraySlice<UInt8>, at elapsed: Nanoseconds) -> Reply? {
        let active = definition.faults.filter { $0.isActive(at: elapsed) }.map(\.kind)
        for case .dead in active { return nil }
        let span = 2 * definition.jitter
        let delay = definition.turnaround - definition.jitter + (span > 0 ? Int64(random.next() % UInt64(span)) : 0)
        var reply = Reply(
            served: Served(device: definition.id, values: []), unit: definition.unit, pdu: [], delay: delay)
        switch read(pdu, active) {
        case .data(let bytes, let values):
            reply.pdu = [pdu.first ?? 0, UInt8(truncatingIfNeeded: bytes.count)] + bytes
            reply.served.values = values
        case .exception(let code):
            reply.pdu = [(pdu.first ?? 0) | 0x80, code]
            reply.served.event = "exception"
            reply.served.code = code
        }
        for fault in active { spoil(&reply, with: fault) }
        return reply
    }

    private enum Outcome {
        case data([UInt8], [TruthValue])
        case exception(UInt8)
    }

    private func read(_ pdu: ArraySlice<UInt8>, _ faults: [Fault.Kind]) -> Outcome {
        let bytes = Array(pdu)
        guard let function = bytes.first, definition.functions.contains(function), let table = Table(function: function)
        else { return .exception(1) }
        guard bytes.count == 5 else { return .exception(3) }
        let address = Int(bytes[1]) << 8 | Int(bytes[2])
        let count = Int(bytes[3]) << 8 | Int(bytes[4])
        let largest = table.holdsBits ? definition.maxBits : definition.maxRegisters
        guard count >= 1, count <= largest else { return .exception(3) }
        let wanted = address..<address + count
        guard existing[table]?.contains(wanted) == true else { return .exception(2) }
        if let code = refusal(table, wanted, faults) { return .exception(code) }
        return image(table, wanted, faults)
    }

    private func refusal(_ table: Table, _ wanted: Range<Int>, _ faults: [Fault.Kind]) -> UInt8? {
        for fault in faults {
            switch fault {
            case .exceptionOnGap(let holes):
                if holes.contains(where: { $0.table == table && wanted.overlaps(Range($0.addresses)) }) { return 2 }
            case .exception(let code, nil): return code
            case .exception(let code, let name?):
                let hit = definition.points.contains {
                    $0.name == name && $0.table == table && $0.addresses.overlaps(wanted)
                }
                if hit { return code }
            default: continue
            }
        }
        return nil
    }

    /// The words asked for, with the values that lie in them whole.
    private func image(_ table: Table, _ wanted: Range<Int>, _ faults: [Fault.Kind]) -> Outcome {
        let signals = board.snapshot()
        var words = [UInt16](repeating: 0, count: wanted.count)
        var values: [TruthValue] = []
        for point in definition.points where point.table == table && point.addresses.overlaps(wanted) {
            let content = point.content(signals[point.signal], faults)
            for (offset, word) in content.words.enumerated() where wanted.contains(point.address + offset) {
                words[point.address + offset - wanted.lowerBound] |= word
            }
            let whole = wanted.contains(point.address) && wanted.contains(point.addresses.upperBound - 1)
            if whole, !point.hidden { values.append(content.value) }
        }
        return .data(
            table.holdsBits ? Self.packedBits(words) : words.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }, values)
    }

    /// Eight to a byte, the first in the lowest bit (MODBUS Application Protocol V1.1b3, 6.1).
    private static func packedBits(_ words: [UInt16]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: (words.count + 7) / 8)
        for (index, word) in words.enumerated() where word != 0 { bytes[index / 8] |= 1 << UInt8(index % 8) }
        return bytes
    }

    private mutating func spoil(_ reply: inout Reply, with fault: Fault.Kind) {
        switch fault {
        case .late(let by, let served, let oneIn) where random.oneIn(oneIn):
            reply.delay += by
            if !served { reply.served.event = "late" }
        case .crc(let oneIn) where random.oneIn(oneIn):
            reply.spoilsCRC = true
            reply.served.event = "crc"
        case .wrongUnit(let oneIn) where random.oneIn(oneIn):
            reply.unit = reply.unit == 247 ? 1 : reply.unit &+ 1
            reply.served.event = "wrong-unit"
        case .short(let bytes, let oneIn) where random.oneIn(oneIn):
            reply.missing = bytes
            reply.served.event = "short"
        case .noise(let before, let after, let oneIn) where random.oneIn(oneIn):
            reply.noiseBefore = before
            reply.noiseAfter = after
            if reply.served.event == nil { reply.served.event = "noise" }
            reply.served.isDoubtful = reply.served.event == "noise"
        default: return
        }
    }
}
