import BusPlanning
import GatewayModel
import GatewayTestSupport

/// A random small register map with what a plan of it must keep to.
struct RandomMap {
    var line: LineCost
    var timing: DeviceTiming
    var maxRegisters: Int
    var maxBits: Int
    var forbidden = ForbiddenGaps()
    var spans: [PointSpan] = []

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let baud = [1_200, 9_600, 19_200, 115_200].randomElement(using: &random) ?? 9_600
        line =
            random.chance(0.15)
            ? LineCost(.modbusTCP(host: "x", port: 502))
            : LineCost(.serial(path: "x", format: SerialFormat(baud: baud)))
        timing = DeviceTiming(
            guardTime: random.chance(0.3) ? .milliseconds(5) : 0,
            turnaround: .microseconds(Int64.random(in: 0...60_000, using: &random)))
        maxRegisters = [2, 4, 8, 16, 125].randomElement(using: &random) ?? 8
        maxBits = [8, 16, 64, 2_000].randomElement(using: &random) ?? 8
        let spread = [6, 20, 60, 150].randomElement(using: &random) ?? 20
        let tables = random.chance(0.5) ? [RegisterTable.holding] : RegisterTable.allCases
        for point in 0..<Int.random(in: 1...7, using: &random) {
            let table = tables.randomElement(using: &random) ?? .holding
            let count = table.holdsBits ? 1 : [1, 1, 2, 2, 4, 6].randomElement(using: &random) ?? 1
            let address = UInt16(Int.random(in: 0..<spread, using: &random))
            spans.append(PointSpan(point: point, table: table, address: address, count: count))
        }
        while random.chance(0.4) {
            let begin = Int.random(in: 0..<spread, using: &random)
            forbidden.insert(
                begin..<begin + Int.random(in: 1...4, using: &random),
                in: tables.randomElement(using: &random) ?? .holding)
        }
    }

    var planner: RequestPlanner {
        RequestPlanner(line: line, maxRegisters: maxRegisters, maxBits: maxBits, forbidden: forbidden)
    }

    /// What one request for these spans costs; nil: it is not allowed. Written without the planner.
    func cost(of block: [PointSpan]) -> Nanoseconds? {
        guard let first = block.first, block.allSatisfy({ $0.table == first.table }) else { return nil }
        let begin = block.map(\.addresses.lowerBound).min() ?? 0
        let end = block.map(\.addresses.upperBound).max() ?? 0
        let isOneSpan = block.contains { $0.addresses == begin..<end }
        guard isOneSpan || end - begin <= (first.table.holdsBits ? maxBits : maxRegisters) else { return nil }
        let wanted = spans.filter { $0.table == first.table }
        for address in begin..<end where forbidden[first.table].contains(where: { $0.contains(address) }) {
            guard wanted.contains(where: { $0.addresses.contains(address) }) else { return nil }
        }
        return line.cost(first.table, count: end - begin, device: timing)
    }

    /// The cheapest of all ways to divide the points among requests: every set partition is tried.
    func cheapestPartition() -> Nanoseconds {
        var best = Nanoseconds.max
        func place(_ index: Int, _ blocks: [[PointSpan]]) {
            guard index < spans.count else {
                let costs = blocks.map(cost(of:))
                guard !costs.contains(nil) else { return }
                best = min(best, costs.reduce(0) { $0 + ($1 ?? 0) })
                return
            }
            for block in blocks.indices {
                var grown = blocks
                grown[block].append(spans[index])
                place(index + 1, grown)
            }
            place(index + 1, blocks + [[spans[index]]])
        }
        place(0, [])
        return best
    }
}
