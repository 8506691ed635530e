import DigitalIO
import GatewayModel
import Testing

@Suite struct DebouncerTests {
    private let start = BootTime(nanoseconds: .seconds(5))
    private func at(_ milliseconds: Int64) -> BootTime { start + .milliseconds(milliseconds) }

    @Test func aChangeCountsOnceItHasLasted() {
        var debouncer = Debouncer(period: .milliseconds(50), level: false)
        #expect(debouncer.edge(to: true, at: at(0)) == nil)
        #expect(debouncer.tick(now: at(49)) == nil)
        #expect(!debouncer.level)
        #expect(debouncer.deadline == at(50))
        #expect(debouncer.tick(now: at(60)) == at(50), "dated to when it began to count, not to when somebody looked")
        #expect(debouncer.level)
        #expect(debouncer.deadline == nil)
    }

    @Test func bouncingBeginsAnewAndEndsWhereTheLineStays() {
        var debouncer = Debouncer(period: .milliseconds(50), level: false)
        for (moment, level) in [(0, true), (3, false), (5, true), (9, false), (12, true)] {
            #expect(debouncer.edge(to: level, at: at(Int64(moment))) == nil)
        }
        #expect(debouncer.tick(now: at(61)) == nil)
        #expect(debouncer.tick(now: at(62)) == at(62))
        #expect(debouncer.level)
    }

    @Test func aSpikeThatGoesBackIsNoChange() {
        var debouncer = Debouncer(period: .milliseconds(50), level: true)
        #expect(debouncer.edge(to: false, at: at(0)) == nil)
        #expect(debouncer.edge(to: true, at: at(30)) == nil)
        #expect(debouncer.deadline == nil)
        #expect(debouncer.tick(now: at(1_000)) == nil)
        #expect(debouncer.level)
    }

    @Test func edgesThatAreReadLateCountAsTheyWere() {
        // Two whole pulses waited in the kernel: nobody ticked between them.
        var debouncer = Debouncer(period: .milliseconds(10), level: false)
        var changes: [BootTime] = []
        for (moment, level) in [(0, true), (100, false), (200, true), (300, false)] {
            if let change = debouncer.edge(to: level, at: at(Int64(moment))) { changes.append(change) }
        }
        if let change = debouncer.tick(now: at(400)) { changes.append(change) }
        #expect(changes == [at(10), at(110), at(210), at(310)])
        #expect(!debouncer.level)
    }

    @Test("What it says is what a slow look at the line would say", arguments: UInt64(1)...40)
    func itAgreesWithASlowLook(seed: UInt64) {
        var random = SmallRandom(seed: seed)
        let period = Int64(5 + random.next() % 40)
        // Edges at whole milliseconds.
        var edges: [(at: Int64, level: Bool)] = []
        var (time, level) = (Int64(0), false)
        for _ in 0..<200 {
            time += 1 + Int64(random.next() % 60)
            level.toggle()
            edges.append((time, level))
        }
        // Expected: a level counts at the first moment at which it has lasted `period`.
        var expected: [Int64] = []
        var stable = false
        for (index, edge) in edges.enumerated() {
            let end = index + 1 < edges.count ? edges[index + 1].at : time + 1_000
            if edge.level != stable, end - edge.at >= period {
                stable = edge.level
                expected.append(edge.at + period)
            }
        }
        var debouncer = Debouncer(period: .milliseconds(period), level: false)
        var changes: [Int64] = []
        func note(_ change: BootTime?) {
            if let change { changes.append((change - start) / 1_000_000) }
        }
        for edge in edges {
            if random.next() % 2 == 0 { note(debouncer.tick(now: at(edge.at))) }
            note(debouncer.edge(to: edge.level, at: at(edge.at)))
        }
        note(debouncer.tick(now: at(time + 1_000)))
        #expect(!expected.isEmpty)
        #expect(changes == expected, "seed \(seed)")
    }
}

struct SmallRandom {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
