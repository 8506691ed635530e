import BusPlanning
import GatewayModel
import GatewayTestSupport
import Testing

@Suite struct RequestPlannerTests {
    private let line = LineCost(.serial(path: "x", format: SerialFormat(baud: 9_600)))
    private let timing = DeviceTiming(turnaround: .milliseconds(20))

    private func holding(_ point: PointIndex, _ address: UInt16, _ count: Int = 1) -> PointSpan {
        PointSpan(point: point, table: .holding, address: address, count: count)
    }

    @Test func noWayToDivideThePointsIsCheaperThanThePlan() {
        let seed = UInt64.random(in: 0..<1 << 32)
        print("planner against all set partitions, seed \(seed)")
        for map in seed..<seed + 1_500 {
            let map = RandomMap(seed: map)
            let plan = map.planner.plan(map.spans, device: map.timing)
            #expect(plan.reduce(0) { $0 + $1.cost } == map.cheapestPartition(), "seed \(seed): \(map)")
            #expect(plan.flatMap(\.points).sorted() == map.spans.map(\.point), "seed \(seed): \(map)")
            for request in plan {
                let block = map.spans.filter { request.points.contains($0.point) }
                #expect(map.cost(of: block) == request.cost, "seed \(seed): \(map)")
                #expect(block.allSatisfy { $0.table == request.table }, "seed \(seed): \(map)")
                #expect(block.map(\.addresses.lowerBound).min() == request.addresses.lowerBound)
                #expect(block.map(\.addresses.upperBound).max() == request.addresses.upperBound)
            }
        }
    }

    @Test func mergesAcrossAGapWhileThatIsCheaper() {
        // A request of its own costs 13 characters, a silence of 3.5 and 20 ms (19.2 characters): 35.7 characters,
        // so a gap of 17 registers (34 characters) is read and one of 18 (36) is not.
        let planner = RequestPlanner(line: line)
        #expect(planner.plan([holding(0, 100), holding(1, 118)], device: timing).count == 1)
        #expect(planner.plan([holding(0, 100), holding(1, 119)], device: timing).count == 2)
    }

    @Test func aSlowerDeviceMakesLongerRequestsWorthwhile() {
        let planner = RequestPlanner(line: line)
        let spans = [holding(0, 0), holding(1, 40)]
        #expect(planner.plan(spans, device: DeviceTiming(turnaround: .milliseconds(5))).count == 2)
        #expect(planner.plan(spans, device: DeviceTiming(turnaround: .milliseconds(80))).count == 1)
    }

    @Test func isNotGreedy() {
        // At most 9 registers. Filling the first request from the left reads 0...8 and 9: 10 registers. The cheapest
        // plan leaves the first request short: 0, and 8...9.
        let planner = RequestPlanner(line: line, maxRegisters: 9)
        let plan = planner.plan([holding(0, 0), holding(1, 8), holding(2, 9)], device: timing)
        #expect(plan.map(\.points) == [[0], [1, 2]])
    }

    @Test func keepsToTheLimitsOfTheDeviceAndOfModbus() {
        let registers = (0..<400).map { holding($0, UInt16($0)) }
        #expect(
            RequestPlanner(line: line).plan(registers, device: timing).map(\.count).sorted() == [25, 125, 125, 125])
        let narrow = RequestPlanner(line: line, maxRegisters: 60).plan(registers, device: timing)
        #expect(narrow.allSatisfy { $0.count <= 60 } && narrow.count == 7)
        #expect(RequestPlanner(line: line, maxRegisters: 9_999).maxRegisters == 125)
        let coils = (0..<4_000).map { PointSpan(point: $0, table: .coil, address: UInt16($0), count: 1) }
        #expect(RequestPlanner(line: line).plan(coils, device: timing).map(\.count) == [2_000, 2_000])
    }

    @Test func neverSplitsAPoint() {
        let planner = RequestPlanner(line: line, maxRegisters: 5)
        let spans = (0..<6).map { holding($0, UInt16(4 * $0), 4) }
        for request in planner.plan(spans, device: timing) {
            #expect(request.count == 4)
        }
    }

    @Test func asksForAPointLongerThanTheLimitAlone() {
        let planner = RequestPlanner(line: line, maxRegisters: 8)
        let plan = planner.plan(
            [holding(0, 0, 2), holding(1, 2, 20), holding(2, 5, 2), holding(3, 22)], device: timing)
        #expect(plan.map(\.points) == [[0], [1, 2], [3]])
        #expect(plan.map(\.count) == [2, 20, 1])
    }

    @Test func severalPointsOfOneRegisterAreOneRequest() {
        let spans = (0..<16).map { holding($0, 77) } + [holding(16, 76, 2)]
        let plan = RequestPlanner(line: line).plan(spans, device: timing)
        #expect(plan.map(\.count) == [2])
        #expect(plan.first?.points == Array(0...16))
    }

    @Test func keepsTablesApart() {
        let spans = RegisterTable.allCases.enumerated().map {
            PointSpan(point: $0.offset, table: $0.element, address: 1, count: 1)
        }
        #expect(RequestPlanner(line: line).plan(spans, device: timing).map(\.table) == RegisterTable.allCases)
    }

    @Test func doesNotCoverARefusedGapButStillAsksForAPointInside() {
        var forbidden = ForbiddenGaps()
        forbidden.insert(10..<14, in: .holding)
        let planner = RequestPlanner(line: line, forbidden: forbidden)
        #expect(planner.plan([holding(0, 8, 2), holding(1, 14, 2)], device: timing).map(\.count) == [2, 2])
        #expect(planner.plan([holding(0, 8, 2), holding(1, 15, 2)], device: timing).map(\.count) == [2, 2])
        #expect(
            planner.plan([holding(0, 8, 2), holding(1, 10, 4), holding(2, 14)], device: timing).map(\.count) == [7])
        #expect(planner.plan([holding(0, 8, 2), holding(1, 11, 2)], device: timing).map(\.count) == [2, 2])
        #expect(planner.plan([holding(0, 4, 2), holding(1, 8, 2)], device: timing).map(\.count) == [6])
    }

    @Test func readsTheLastRegisterOfATable() {
        let plan = RequestPlanner(line: line).plan([holding(0, 65_534, 2)], device: timing)
        #expect(plan.first?.addresses == 65_534..<65_536)
    }

    @Test func ofNothingItMakesNothing() {
        #expect(RequestPlanner(line: line).plan([], device: timing).isEmpty)
    }

    @Test func doesNotDependOnTheOrderOfThePoints() {
        var random = SeededGenerator(seed: 7)
        for seed in UInt64(0)..<200 {
            let map = RandomMap(seed: seed)
            let plan = map.planner.plan(map.spans, device: map.timing)
            #expect(map.planner.plan(map.spans.shuffled(using: &random), device: map.timing) == plan, "seed \(seed)")
        }
    }

    @Test func plansTwoThousandPointsQuickly() {
        var random = SeededGenerator(seed: 2_000)
        let spans = (0..<2_000).map { holding($0, UInt16.random(in: 0..<20_000, using: &random), 2) }
        let coils = (0..<2_000).map {
            PointSpan(point: $0, table: .coil, address: UInt16.random(in: 0..<20_000, using: &random), count: 1)
        }
        let planner = RequestPlanner(line: line)
        var requests = 0
        let registerTime = ContinuousClock().measure { requests = planner.plan(spans, device: timing).count }
        let bitTime = ContinuousClock().measure { requests += planner.plan(coils, device: timing).count }
        print("2,000 registers planned in \(registerTime), 2,000 coils in \(bitTime), \(requests) requests")
        #expect(registerTime < .seconds(1) && bitTime < .seconds(1))
    }
}
