internal import GatewayModel

/// Gap records inside a body.
enum GapSection {
    private static let unknown: UInt8 = 0
    private static let boot: UInt8 = 1
    private static let wall: UInt8 = 2
    private static let open: UInt8 = 3

    static func write(_ gaps: [Gap], base: Int64, to out: inout [UInt8]) {
        out.append(varint: gaps.count)
        for gap in gaps {
            switch gap.scope {
            case .everything: out.append(varint: 0)
            case .point(let index): out.append(varint: index + 1)
            }
            out.append(gap.reason.rawValue)
            write(gap.from, base: base, to: &out)
            if let to = gap.to { write(to, base: base, to: &out) } else { out.append(open) }
        }
    }

    private static func write(_ edge: GapEdge, base: Int64, to out: inout [UInt8]) {
        switch edge {
        case .unknown: out.append(unknown)
        case .boot(let time):
            out.append(boot)
            out.append(varint: ZigZag.encode(time.milliseconds - base))
        case .wall(let time):
            out.append(wall)
            out.append(varint: ZigZag.encode(time.flooredMilliseconds))
        }
    }

    static func read(_ section: inout ByteReader, base: Int64) throws(BatchFormatError) -> [Gap] {
        var gaps = [Gap]()
        for _ in 0..<(try section.count(limit: BatchContent.maximumGaps)) {
            let scope = try section.count(limit: BatchContent.maximumPoints)
            guard let reason = GapReason(rawValue: try section.byte()) else {
                throw BatchFormatError("a reason that is not known to this version")
            }
            guard let from = try edge(&section, base: base) else { throw BatchFormatError("a gap without beginning") }
            gaps.append(
                Gap(
                    scope: scope == 0 ? .everything : .point(scope - 1), from: from,
                    to: try edge(&section, base: base), reason: reason))
        }
        return gaps
    }

    /// nil: open.
    private static func edge(_ section: inout ByteReader, base: Int64) throws(BatchFormatError) -> GapEdge? {
        switch try section.byte() {
        case unknown: return .unknown
        case boot:
            let (time, overflow) = base.addingReportingOverflow(try section.signedVarint())
            guard !overflow, BatchContent.bootTimes.contains(time) else {
                throw BatchFormatError("a time out of range")
            }
            return .boot(BootTime(milliseconds: time))
        case wall:
            let time = try section.signedVarint()
            guard BatchContent.wallTimes.contains(time) else { throw BatchFormatError("a time out of range") }
            return .wall(.milliseconds(time))
        case open: return nil
        default: throw BatchFormatError("an edge of unknown kind")
        }
    }
}

extension BootTime {
    init(milliseconds: Int64) { self.init(nanoseconds: milliseconds * 1_000_000) }
}

extension Nanoseconds {
    /// Whole milliseconds, rounded down before 1970 too.
    var flooredMilliseconds: Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: 1_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
