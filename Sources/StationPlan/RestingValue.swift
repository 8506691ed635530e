internal import GatewayModel

/// What a point might say while nothing happens; the same on every run.
struct RestingValue {
    private let type: RegisterType
    private let kind: PointKind
    private var random: UInt64
    private var integer: Int64
    private var decimal: Double
    /// An integer gauge moves by up to this, up or down.
    private var step: Int64 = 2

    init(_ point: PointDefinition) {
        type = point.valueType
        kind = point.kind
        // FNV-1a of the name: Swift's own hashes differ from run to run.
        random = "\(point.device).\(point.id)".utf8.reduce(0xcbf2_9ce4_8422_2325) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        integer = 400 + Int64(random >> 40 & 0x7ff)
        decimal = 20 + Double(random >> 30 & 0xffff) / 1_000
        // A transmitter's noise is about a thousandth of its range.
        if case .map(let low, let high, _, _) = point.scaling {
            step = Int64(min(max(2, abs(high.double - low.double) / 800), 1e6))
        }
        if let valid = point.validRaw, let low = Int64(exactly: valid.lowerBound.double.rounded()),
            let high = Int64(exactly: valid.upperBound.double.rounded()), low < high
        {
            integer = low / 2 + high / 2
        }
    }

    mutating func next() -> Sample {
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let draw = Int64(random >> 33)
        switch type {
        case .bool, .bit: return .integer(draw & 0)
        case .string: return .text("resting")
        case .float32, .float64:
            switch kind {
            case .state: break
            case .counter: decimal += Double(draw % 8) / 64
            case .gauge: decimal += Double(draw % 8_001 - 4_000) / 100_000
            }
            return type == .float32 ? .float32(Float(decimal)) : .float64(decimal)
        default:
            switch kind {
            case .state: break
            case .counter: integer += draw % 3
            case .gauge: integer += draw % (2 * step + 1) - step
            }
            return .integer(integer)
        }
    }
}

extension Epoch {
    /// Of batches that are only measured.
    static let planned = Epoch.volatile(boot: .planned, started: BootTime(nanoseconds: 0))
}

extension BootID {
    static let planned = BootID(bytes: [UInt8](repeating: 7, count: 16)) ?? BootID.random()
}
