internal import BusPlanning
package import GatewayModel

/// What one device has refused by exceptions 1, 2 and 3, and what it has answered. Pure; in memory.
///
/// A register that has ever answered is never dropped: a point is given up only after it was refused alone, with the
/// same code, time after time, and never once answered; and even then it is tried again now and then.
package struct DeviceRefusals: Sendable {
    /// A point that the device does not have.
    package struct Unsupported: Hashable, Sendable {
        package var point: PointIndex
        /// The exception code.
        package var code: UInt8
        /// When it is tried again.
        var retryAt: BootTime
    }

    /// Identical refusals of a point alone until it is given up.
    static let patience = 3
    /// Until a point that was given up is tried again.
    static let retryInterval: Nanoseconds = .seconds(600)
    /// More boundaries than this are not remembered; the requests are then split anew each time.
    static let mostBoundaries = 64

    private struct Streak {
        var code: UInt8
        var length: Int
    }

    private struct Boundary: Hashable {
        var table: RegisterTable
        var address: Int
    }

    private var answered: Set<PointIndex> = []
    /// Points that were refused when last asked for alone.
    private var streaks: [PointIndex: Streak] = [:]
    package private(set) var unsupported: [Unsupported] = []
    /// Addresses that no request may begin before and end behind, although no gap lies there.
    private var boundaries: Set<Boundary> = []
    /// Largest requests that were answered, and largest that may be asked; nil: as configured.
    private var answeredLengths = Lengths()
    private var learntLengths = Lengths()

    private struct Lengths {
        var registers: Int?
        var bits: Int?

        subscript(_ table: RegisterTable) -> Int? {
            get { table.holdsBits ? bits : registers }
            set { if table.holdsBits { bits = newValue } else { registers = newValue } }
        }
    }

    package init() {}

    /// The point's registers were read.
    mutating func answered(_ point: PointIndex) {
        // Only changes are written, since this is called for every point of every answer.
        if !answered.contains(point) { answered.insert(point) }
        if !streaks.isEmpty { streaks[point] = nil }
    }

    /// The point was refused when asked for alone. True: it is given up now.
    mutating func refused(_ point: PointIndex, code: UInt8, now: BootTime) -> Bool {
        var streak = streaks[point] ?? Streak(code: code, length: 0)
        streak = streak.code == code ? Streak(code: code, length: streak.length + 1) : Streak(code: code, length: 1)
        streaks[point] = streak
        guard streak.length >= Self.patience, !answered.contains(point) else { return false }
        // The next single refusal gives it up again.
        streaks[point] = Streak(code: code, length: Self.patience - 1)
        unsupported.append(Unsupported(point: point, code: code, retryAt: now + Self.retryInterval))
        return true
    }

    /// Points whose time to be tried again has come; they are no longer counted as unsupported.
    mutating func retries(now: BootTime) -> [PointIndex] {
        guard !unsupported.isEmpty else { return [] }
        let due = unsupported.filter { $0.retryAt <= now }.map(\.point)
        if !due.isEmpty { unsupported.removeAll { $0.retryAt <= now } }
        return due
    }

    /// What was learnt of boundaries and lengths is sought anew.
    mutating func forgetLessons() {
        boundaries = []
        learntLengths = Lengths()
    }

    mutating func learnBoundary(_ address: Int, in table: RegisterTable) {
        guard boundaries.count < Self.mostBoundaries else { return }
        boundaries.insert(Boundary(table: table, address: address))
    }

    /// A request of this length was answered.
    mutating func answered(_ count: Int, in table: RegisterTable) {
        if count > answeredLengths[table] ?? 0 { answeredLengths[table] = count }
    }

    /// A request of this length was refused although each part of it is answered. Unless longer ones have been
    /// answered, which makes it chance, none longer than the longest answered one is asked from now on.
    mutating func refusedLength(_ count: Int, in table: RegisterTable) {
        guard let answered = answeredLengths[table], answered < count else { return }
        learntLengths[table] = answered
    }

    /// Nothing is known that `arrange` would have to look at.
    private var isPlain: Bool {
        streaks.isEmpty && boundaries.isEmpty && learntLengths[.holding] == nil && learntLengths[.coil] == nil
    }

    /// The requests to ask in place of a planned one: points that were last refused each alone, the others as cheaply
    /// as what was learnt allows.
    func arrange(_ request: PlannedRequest, planner: RequestPlanner, timing: DeviceTiming, spans: [PointSpan])
        -> [PlannedRequest]
    {
        guard !isPlain else { return [request] }
        let table = request.table
        let refused = spans.filter { streaks[$0.point] != nil }
        let limit = learntLengths[table]
        let cuts = boundaries.filter {
            $0.table == table && request.addresses.lowerBound < $0.address && $0.address < request.addresses.upperBound
        }
        let isAlone = refused.count == spans.count && Set(spans.map(\.addresses)).count == 1
        guard !cuts.isEmpty || request.count > limit ?? .max || (!refused.isEmpty && !isAlone) else {
            return [request]
        }
        var planner = planner
        planner.maxRegisters = min(planner.maxRegisters, learntLengths[.holding] ?? .max)
        planner.maxBits = min(planner.maxBits, learntLengths[.coil] ?? .max)
        for span in refused { planner.forbidden.insert(span.addresses, in: table) }
        let healthy = spans.filter { streaks[$0.point] == nil }
        let edges = [Int.min] + cuts.map(\.address).sorted() + [Int.max]
        let between = zip(edges, edges.dropFirst()).flatMap { low, high in
            planner.plan(
                healthy.filter { low <= $0.addresses.lowerBound && $0.addresses.lowerBound < high }, device: timing)
        }
        let alone = Dictionary(grouping: refused, by: \.addresses).sorted { $0.key.lowerBound < $1.key.lowerBound }
        return between + alone.flatMap { planner.plan($0.value, device: timing) }
    }
}
