internal import GatewayModel

/// Points of one device -> the cheapest set of read requests, by exact cost.
///
/// Optimal, by dynamic programming. Spans that lie inside another span cost nothing; the others, sorted by begin, are
/// sorted by end too. If a request then reads spans i and k, reading a span j between them with it costs nothing
/// more, and the request that j is taken from only gets shorter. So some cheapest plan cuts the sorted spans into
/// runs, and the cheapest cut is found in one pass: best(j) = min over i of best(i) + cost(run i..<j).
/// This holds for any cost that does not fall with the length, so also for bits, 8 of which share a character.
package struct RequestPlanner: Hashable, Sendable {
    package var line: LineCost
    /// Largest read of the device, in registers; held to 1...125 (MODBUS Application Protocol V1.1b3, 6.3, 6.4).
    package var maxRegisters: Int { didSet { maxRegisters = Self.held(maxRegisters, to: 125) } }
    /// Largest read of the device, in bits; held to 1...2000 (V1.1b3, 6.1, 6.2).
    package var maxBits: Int { didSet { maxBits = Self.held(maxBits, to: 2000) } }
    /// Addresses that no request may cover for the sake of a neighbour.
    package var forbidden: ForbiddenGaps

    package init(line: LineCost, maxRegisters: Int = 125, maxBits: Int = 2000, forbidden: ForbiddenGaps = .init()) {
        self.line = line
        self.maxRegisters = Self.held(maxRegisters, to: 125)
        self.maxBits = Self.held(maxBits, to: 2000)
        self.forbidden = forbidden
    }

    private static func held(_ limit: Int, to maximum: Int) -> Int { min(max(limit, 1), maximum) }

    /// The cheapest requests that read every span, none of them in two pieces.
    ///
    /// Ordered by table, then by address. Of plans that cost the same, the one with the fewest requests. A span that
    /// is longer than the device's limit is asked for all the same, alone: the device's refusal is its answer.
    package func plan(_ spans: [PointSpan], device: DeviceTiming) -> [PlannedRequest] {
        RegisterTable.allCases.flatMap { table in
            plan(Self.properSpans(spans.filter { $0.table == table }), table: table, device: device)
        }
    }

    private func plan(_ spans: [ProperSpan], table: RegisterTable, device: DeviceTiming) -> [PlannedRequest] {
        let limit = table.holdsBits ? maxBits : maxRegisters
        let barriers = self.barriers(between: spans, table: table)
        /// The cheapest plan of the first j spans, and where its last run begins.
        var best = [Step(cost: 0, requests: 0, begin: 0)]
        best.reserveCapacity(spans.count + 1)
        for end in 0..<spans.count {
            var cheapest: Step?
            for begin in stride(from: end, through: 0, by: -1) {
                if begin < end {
                    guard !barriers[begin] else { break }
                    guard spans[end].addresses.upperBound - spans[begin].addresses.lowerBound <= limit else { break }
                }
                let count = spans[end].addresses.upperBound - spans[begin].addresses.lowerBound
                let step = Step(
                    cost: best[begin].cost + line.cost(table, count: count, device: device),
                    requests: best[begin].requests + 1, begin: begin)
                if let known = cheapest, known <= step { continue }
                cheapest = step
            }
            if let cheapest { best.append(cheapest) }
        }
        var requests: [PlannedRequest] = []
        var end = spans.count
        while end > 0 {
            let run = spans[best[end].begin..<end]
            requests.append(request(run, table: table, device: device))
            end = best[end].begin
        }
        return requests.reversed()
    }

    private func request(
        _ run: ArraySlice<ProperSpan>, table: RegisterTable, device: DeviceTiming
    ) -> PlannedRequest {
        let begin = run.first?.addresses.lowerBound ?? 0
        let count = (run.last?.addresses.upperBound ?? 0) - begin
        return PlannedRequest(
            table: table, address: UInt16(truncatingIfNeeded: begin), count: count,
            points: run.flatMap(\.points).sorted(),
            cost: line.cost(table, count: count, device: device))
    }

    /// `barriers[i]`: forbidden addresses lie between span i and span i + 1.
    private func barriers(between spans: [ProperSpan], table: RegisterTable) -> [Bool] {
        let gaps = forbidden[table]
        guard !gaps.isEmpty else { return Array(repeating: false, count: spans.count) }
        return zip(spans, spans.dropFirst()).map { left, right in
            gaps.contains {
                $0.lowerBound < right.addresses.lowerBound && left.addresses.upperBound < $0.upperBound
                    && left.addresses.upperBound < right.addresses.lowerBound
            }
        } + [false]
    }

    /// A span that lies in no other, with the points of all spans inside it.
    private struct ProperSpan {
        var addresses: Range<Int>
        var points: [PointIndex]
    }

    private static func properSpans(_ spans: [PointSpan]) -> [ProperSpan] {
        let sorted = spans.sorted {
            ($0.addresses.lowerBound, -$0.addresses.upperBound, $0.point)
                < ($1.addresses.lowerBound, -$1.addresses.upperBound, $1.point)
        }
        var proper: [ProperSpan] = []
        for span in sorted {
            if let last = proper.last, span.addresses.upperBound <= last.addresses.upperBound {
                proper[proper.count - 1].points.append(span.point)
            } else {
                proper.append(ProperSpan(addresses: span.addresses, points: [span.point]))
            }
        }
        return proper
    }

    private struct Step: Comparable {
        var cost: Nanoseconds
        var requests: Int
        var begin: Int

        static func < (a: Self, b: Self) -> Bool { (a.cost, a.requests) < (b.cost, b.requests) }
    }
}
