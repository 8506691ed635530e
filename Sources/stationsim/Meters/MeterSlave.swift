/// A meter at a serial line: faults and delays around what its protocol says. The encodings are this program's own.
struct MeterSlave: LineSlave {
    private let definition: DeviceDefinition
    private let meter: MeterDefinition
    private let board: SignalBoard
    private var random: SeededRandom
    private var mbus = MBusSession()

    init(_ definition: DeviceDefinition, _ meter: MeterDefinition, seed: UInt64, board: SignalBoard) {
        self.definition = definition
        self.meter = meter
        self.board = board
        random = SeededRandom(seed: seed, stream: "meter \(definition.id)")
    }

    var device: String { definition.id }
    var quickest: Nanoseconds { definition.turnaround - definition.jitter }

    func isAddressed(by frame: [UInt8]) -> Bool {
        var trial = self
        if case .answer = trial.speak(frame) { return true }
        return false
    }

    mutating func hear(_ frame: [UInt8], at elapsed: Nanoseconds) -> Hearing {
        switch speak(frame) {
        case .nonsense: return .nonsense
        case .foreign: return .foreign
        case .silence: return .silence("dead")
        case .answer(let bytes, let values):
            let active = definition.faults.filter { $0.isActive(at: elapsed) }.map(\.kind)
            for case .dead in active { return .silence("dead") }
            return .answer(dressed(bytes, values, active))
        }
    }

    /// What the protocol makes of a frame.
    enum Speech {
        case nonsense, foreign, silence
        case answer([UInt8], [TruthValue])
    }

    private mutating func speak(_ frame: [UInt8]) -> Speech {
        let signals = board.snapshot()
        let contents = meter.values.map { value in
            let content = value.content(signals[value.signal])
            return MeterContent(
                identifier: value.identifier, bytes: content.bytes, truth: value.hidden ? nil : content.value)
        }
        switch meter.speech {
        case .dlt645: return DLT645Speech.answer(frame, number: meter.number, contents)
        case .cjt188(let type, let highFirst):
            return CJT188Speech.answer(frame, number: meter.number, type: type, highFirst: highFirst, contents)
        case .mbus(let identity): return mbus.answer(frame, number: meter.number, identity, contents)
        }
    }

    private mutating func dressed(_ bytes: [UInt8], _ values: [TruthValue], _ faults: [Fault.Kind]) -> LineReply {
        let span = 2 * definition.jitter
        let delay = definition.turnaround - definition.jitter + (span > 0 ? Int64(random.next() % UInt64(span)) : 0)
        var reply = LineReply(served: Served(device: device, values: values), bytes: bytes, delay: delay)
        for fault in faults {
            switch fault {
            case .late(let by, let served, let oneIn) where random.oneIn(oneIn):
                reply.delay += by
                if !served { reply.served.event = "late" }
            case .crc(let oneIn) where random.oneIn(oneIn) && reply.bytes.count > 2:
                reply.bytes[reply.bytes.count - 2] ^= 1 << UInt8(random.next() % 8)
                reply.served.event = "crc"
            case .short(let missing, let oneIn) where random.oneIn(oneIn):
                reply.bytes.removeLast(min(missing, reply.bytes.count - 1))
                reply.served.event = "short"
            case .noise(let before, let after, let oneIn) where random.oneIn(oneIn):
                reply.bytes = random.bytes(before) + reply.bytes + random.bytes(after)
                if reply.served.event == nil { reply.served.event = "noise" }
                reply.served.isDoubtful = reply.served.event == "noise"
            default: continue
            }
        }
        return reply
    }
}

/// What a meter holds at one moment of one of its values.
struct MeterContent {
    var identifier: UInt32
    var bytes: [UInt8]
    var truth: TruthValue?
}

extension Sequence<UInt8> {
    /// Modulo 256.
    var sum: UInt8 { reduce(0, &+) }
}
