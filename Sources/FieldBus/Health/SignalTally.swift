package import GatewayModel

/// Does noise go with something running? Per state point, requests while it was on and off, and those of them that were
/// disturbed: spoiled, or with noise before or after them.
/// Counts are halved whenever there are 4,096 requests. Pure.
package struct SignalTally: Hashable, Sendable {
    static let horizon = 4_096
    /// Requests in each state, and disturbed ones in the worse, before anything is said.
    static let leastRequests = 40
    static let leastDisturbed = 8

    package struct Row: Hashable, Sendable {
        package var on = Cell()
        package var off = Cell()
        /// Times that it was switched: a coincidence of one change proves nothing.
        package var changes = 0
        var last: Bool?
    }

    package struct Cell: Hashable, Sendable {
        package var requests = 0
        package var disturbed = 0
        package var share: Double { FieldBus.share(disturbed, of: requests) }
    }

    package private(set) var rows: [PointIndex: Row] = [:]

    package init() {}

    mutating func note(isDisturbed: Bool, while states: [PointIndex: Bool]) {
        for (point, isOn) in states {
            var row = rows[point] ?? Row()
            if row.on.requests + row.off.requests >= Self.horizon { row.halve() }
            if let last = row.last, last != isOn { row.changes += 1 }
            row.last = isOn
            let cell = isOn ? \Row.on : \Row.off
            row[keyPath: cell].requests += 1
            if isDisturbed { row[keyPath: cell].disturbed += 1 }
            rows[point] = row
        }
    }

    /// The point in whose "on" requests are disturbed far more often: at least four times as often, by more than four
    /// standard deviations, over at least two full rounds of on and off. nil: none.
    package var culprit: (point: PointIndex, row: Row)? {
        rows.filter { $0.value.isSuspicious }.max { ($0.value.score, $1.key) < ($1.value.score, $0.key) }
            .map { ($0.key, $0.value) }
    }
}

extension SignalTally.Row {
    fileprivate mutating func halve() {
        on.requests /= 2
        on.disturbed /= 2
        off.requests /= 2
        off.disturbed /= 2
    }

    fileprivate var isSuspicious: Bool {
        changes >= 3 && min(on.requests, off.requests) >= SignalTally.leastRequests
            && on.disturbed >= SignalTally.leastDisturbed && on.share >= 4 * off.share && score > 4
    }

    /// Difference of the two shares in standard deviations (two-proportion z).
    fileprivate var score: Double {
        let total = Double(on.requests + off.requests)
        let pooled = Double(on.disturbed + off.disturbed) / max(1, total)
        let variance = pooled * (1 - pooled) * (1 / Double(max(1, on.requests)) + 1 / Double(max(1, off.requests)))
        return variance > 0 ? (on.share - off.share) / variance.squareRoot() : 0
    }
}
