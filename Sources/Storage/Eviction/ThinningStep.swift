internal import GatewayModel
internal import Telemetry

/// What makes the store smaller, the gentlest first (README.md, "When it is full"). Pure.
enum ThinningStep: Hashable, Sendable {
    /// Several batches into one; nothing is lost.
    case reblock
    /// Gauges to 1-minute aggregates, from one of the two regions that still have every reading.
    case minutes(from: BatchRegions.Region)
    /// 1-minute to 15-minute aggregates.
    case quarters
    /// Only counters, states, gaps and a reading a day.
    case strip

    /// Gauges older than this are thinned before any younger one loses more.
    static let minutesAfter: Nanoseconds = .seconds(86_400)
    static let quartersAfter: Nanoseconds = .seconds(7 * 86_400)

    /// Age of the oldest batch of what still has every reading, and of the 1-minute aggregates; `.max`: not known,
    /// which is old; nil: there is none.
    struct Ages: Sendable {
        var fine: (age: Nanoseconds, region: BatchRegions.Region)?
        var minutes: Nanoseconds?
        var hasQuarters: Bool
    }

    /// nil: nothing is left but to drop.
    static func next(_ ages: Ages) -> ThinningStep? {
        if let fine = ages.fine, fine.age > minutesAfter { return .minutes(from: fine.region) }
        if let minutes = ages.minutes, minutes > quartersAfter { return .quarters }
        if let fine = ages.fine { return .minutes(from: fine.region) }
        if ages.minutes != nil { return .quarters }
        return ages.hasQuarters ? .strip : nil
    }

    var source: BatchRegions.Region {
        switch self {
        case .reblock: .plain
        case .minutes(let region): region
        case .quarters: .minutes
        case .strip: .quarters
        }
    }

    var target: BatchRegions.Region {
        switch self {
        case .reblock: .reblocked
        case .minutes: .minutes
        case .quarters: .quarters
        case .strip: .stripped
        }
    }

    var mode: BatchMerger.Mode {
        switch self {
        case .reblock: .reblock
        case .minutes: .thin(width: 60_000)
        case .quarters: .thin(width: 900_000)
        case .strip: .strip
        }
    }

    /// The longest time that the new batch may span: so much later than by its oldest reading it is too old.
    var longest: Nanoseconds {
        switch self {
        case .reblock: .seconds(3_600)
        case .minutes: .seconds(6 * 3_600)
        case .quarters: .seconds(86_400)
        case .strip: .seconds(7 * 86_400)
        }
    }
}
