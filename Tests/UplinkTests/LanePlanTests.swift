import GatewayModel
import GatewayTestSupport
import Testing

@testable import Uplink

@Suite struct LanePlanTests {
    private let epoch = Epoch.random()
    private func key(_ sequence: UInt64) -> BatchKey { BatchKey(epoch: epoch, sequence: sequence) }
    private func keys(_ range: ClosedRange<UInt64>) -> [BatchKey] { range.map(key) }

    /// A connection began with these keys in the store.
    private func plan(stored: ClosedRange<UInt64>) -> LanePlan {
        answered(LanePlan(), stored: stored)
    }

    private func next(_ plan: inout LanePlan, free: Int = 16, window: Int = 16) -> (key: BatchKey, lane: Lane)? {
        plan.next(free: free, window: window)
    }

    private func takeAll(_ plan: inout LanePlan) -> [UInt64] {
        var taken: [UInt64] = []
        while let next = plan.next(free: 16, window: 16) { taken.append(next.key.sequence) }
        return taken
    }

    @Test func afterAReconnectTheNewestGoesFirstAndTheBacklogOldestFirst() {
        var plan = plan(stored: 1...5)
        let first = plan.next(free: 16, window: 16)
        #expect(first?.key == key(5))
        #expect(first?.lane == .live)
        #expect(takeAll(&plan) == [1, 2, 3, 4])
    }

    @Test func aNewBatchOvertakesTheBacklog() {
        var plan = plan(stored: 1...5)
        _ = plan.next(free: 16, window: 16)
        #expect(next(&plan)?.key == key(1))
        plan.arrived(key(6))
        plan.arrived(key(7))
        #expect(takeAll(&plan) == [7, 6, 2, 3, 4])
    }

    @Test func batchesWithAlarmsGoBeforeAllOthersAndInTheirOrder() {
        var plan = plan(stored: 1...5)
        for sequence: UInt64 in 6...9 {
            if sequence == 7 || sequence == 8 { plan.alarmed(key(sequence)) }
            plan.arrived(key(sequence))
        }
        #expect(next(&plan, free: 1)?.lane == .live)
        #expect(takeAll(&plan) == [8, 9, 6, 5, 1, 2, 3, 4])
    }

    @Test func anAlarmOfAnOutageGoesFirstWhenTheConnectionIsBack() {
        var plan = LanePlan()
        plan.alarmed(key(3))
        plan.reset(keeping: [])
        plan = answered(plan, stored: 1...5)
        #expect(takeAll(&plan) == [3, 5, 1, 2, 4])
        // Lost on its way, it goes first again; acknowledged, it does not.
        plan.reset(keeping: [])
        plan = answered(plan, stored: 1...5)
        #expect(next(&plan)?.key == key(3))
        plan.settled(key(3))
        #expect(takeAll(&plan) == [5, 1, 2, 4])
    }

    private func answered(
        _ plan: LanePlan, stored: ClosedRange<UInt64>, urgent: [UInt64] = []
    ) -> LanePlan {
        var plan = plan
        #expect(plan.question() == .urgent)
        plan.answer(urgent: urgent.map(key))
        #expect(plan.question() == .newest)
        plan.answer(newest: [key(stored.upperBound)])
        #expect(plan.question() == .page(after: nil))
        plan.answer(page: keys(stored), after: nil)
        return plan
    }

    @Test func alarmsOfAnEarlierLifeGoFirstToo() {
        var plan = answered(LanePlan(), stored: 1...6, urgent: [2, 4])
        plan.alarmed(key(6))
        plan.alarmed(key(4))
        #expect(takeAll(&plan) == [2, 4, 6, 1, 3, 5])
    }

    @Test func moreAlarmsThanAreRememberedAreAskedForAgain() {
        let first = (1...UInt64(LanePlan.urgentCapacity)).map { $0 }
        var plan = answered(LanePlan(), stored: 70...80, urgent: first)
        #expect(takeAll(&plan).starts(with: first))
        for number in first.dropLast() { plan.settled(key(number)) }
        #expect(plan.question() == .page(after: key(80)))
        plan.answer(page: [], after: key(80))
        #expect(plan.question() == nil)
        plan.settled(key(first.last ?? 0))
        #expect(plan.question() == .urgent)
        plan.answer(urgent: [key(65)])
        #expect(takeAll(&plan) == [65])
        plan.settled(key(65))
        #expect(plan.question() == nil)
    }

    @Test func theLastSlotIsKeptForLive() {
        var plan = plan(stored: 1...5)
        #expect(next(&plan, free: 1)?.lane == .live)
        #expect(next(&plan, free: 1) == nil)
        #expect(next(&plan, free: 2)?.lane == .backlog)
        #expect(next(&plan, free: 1, window: 1)?.lane == .backlog)
        #expect(next(&plan, free: 0, window: 1) == nil)
    }

    @Test func aBatchOnItsWayIsNotHandedOutAgain() {
        var plan = plan(stored: 1...3)
        #expect(takeAll(&plan) == [3, 1, 2])
        plan.arrived(key(2))
        #expect(plan.question() == .page(after: key(3)))
        plan.answer(page: [], after: key(3))
        #expect(takeAll(&plan) == [])
        #expect(plan.isCaughtUp)
    }

    @Test func aReturnedBatchIsFoundByTheNextLookThroughTheStore() {
        var plan = plan(stored: 1...3)
        _ = takeAll(&plan)
        plan.settled(key(1))
        plan.returned(key(2))
        _ = plan.question()
        plan.answer(page: [], after: key(3))
        #expect(plan.question() == .page(after: nil))
        plan.answer(page: keys(2...3), after: nil)
        #expect(takeAll(&plan) == [2])
    }

    @Test func whatIsSettledWhileThePageIsReadIsNotSentAgain() {
        var plan = plan(stored: 1...3)
        _ = takeAll(&plan)
        plan.returned(key(1))
        _ = plan.question()
        plan.answer(page: [], after: key(3))
        #expect(plan.question() == .page(after: nil))
        plan.settled(key(2))
        plan.answer(page: keys(1...3), after: nil)
        #expect(takeAll(&plan) == [1])
    }

    @Test func anAnswerFromBeforeTheReconnectIsIgnored() {
        var plan = LanePlan()
        _ = plan.question()
        plan.reset(keeping: [])
        #expect(plan.question() == nil)
        plan.answer(urgent: [key(1)])
        #expect(plan.question() == .urgent)
        plan.answer(urgent: [])
        #expect(plan.question() == .newest)
        plan.answer(newest: [key(9)])
        #expect(next(&plan)?.key == key(9))
    }

    @Test func whatTheReceiverHasIsLeftOutAfterAReconnect() {
        var plan = LanePlan()
        plan.reset(keeping: [key(1), key(3)])
        _ = plan.question()
        plan.answer(urgent: [])
        _ = plan.question()
        plan.answer(newest: [key(3)])
        _ = plan.question()
        plan.answer(page: keys(1...3), after: nil)
        #expect(takeAll(&plan) == [2])
    }

    @Test func aFloodOfNewBatchesFallsBackToTheBacklog() {
        var plan = LanePlan()
        _ = plan.question()
        plan.answer(urgent: [])
        _ = plan.question()
        plan.answer(newest: [])
        _ = plan.question()
        plan.answer(page: [], after: nil)
        for sequence in 1...40 { plan.arrived(key(UInt64(sequence))) }
        let live = takeAll(&plan)
        #expect(live == (25...40).reversed().map { UInt64($0) })
        #expect(plan.question() == .page(after: nil))
        plan.answer(page: keys(1...40), after: nil)
        #expect(takeAll(&plan) == Array(1...24))
    }

    @Test func aBatchPutAsideIsLeftOutUntilItIsRetried() {
        var plan = plan(stored: 1...2)
        _ = takeAll(&plan)
        plan.putAside(key(1))
        plan.rescan()
        _ = plan.question()
        plan.answer(page: [], after: key(2))
        _ = plan.question()
        plan.answer(page: keys(1...2), after: nil)
        #expect(takeAll(&plan) == [])
        plan.retryAside()
        _ = plan.question()
        plan.answer(page: [], after: key(2))
        _ = plan.question()
        plan.answer(page: keys(1...2), after: nil)
        #expect(takeAll(&plan) == [1])
    }

    /// Goal: whatever happens, every batch is settled in the end, and none is on its way twice. Method: random
    /// arrivals, acknowledgements, refusals, reconnects and late answers against a plain set.
    @Test(arguments: UInt64(0)..<60)
    func everyBatchIsSettledWhateverHappens(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var plan = LanePlan()
        var stored: [UInt64] = Array(1...UInt64.random(in: 1...600, using: &random))
        var (onTheWay, done): (Set<UInt64>, Set<UInt64>) = ([], [])
        var question: LanePlan.Question?
        var rounds = 0
        func isUrgent(_ sequence: UInt64) -> Bool { sequence % 11 == seed % 11 }
        func answer() {
            switch question {
            case .urgent: plan.answer(urgent: stored.filter { isUrgent($0) && !done.contains($0) }.map(key))
            case .newest: plan.answer(newest: stored.last { !done.contains($0) }.map { [key($0)] } ?? [])
            case .page(let after):
                let rest = stored.filter { $0 > after?.sequence ?? 0 && !done.contains($0) }.prefix(256)
                plan.answer(page: rest.map(key), after: after)
            case nil: break
            }
            question = nil
        }
        while done.count < stored.count, rounds < 20_000 {
            rounds += 1
            // Peace comes in the end, so that everything can be delivered.
            let isWild = rounds < 2_000
            switch Int.random(in: 0..<(isWild ? 8 : 5), using: &random) {
            case 0, 1:
                let free = 16 - onTheWay.count
                if let next = plan.next(free: free, window: 16) {
                    #expect(onTheWay.insert(next.key.sequence).inserted, "twice on its way, seed \(seed)")
                    #expect(!done.contains(next.key.sequence), "sent after it was settled, seed \(seed)")
                }
            case 2, 3:
                if let sequence = onTheWay.randomElement(using: &random) {
                    onTheWay.remove(sequence)
                    done.insert(sequence)
                    plan.settled(key(sequence))
                }
            case 4:
                if question != nil { answer() } else { question = plan.question() }
            case 5:
                stored.append((stored.last ?? 0) + 1)
                if isUrgent(stored.last ?? 0) { plan.alarmed(key(stored.last ?? 0)) }
                plan.arrived(key(stored.last ?? 0))
            case 6:
                if let sequence = onTheWay.randomElement(using: &random) {
                    onTheWay.remove(sequence)
                    plan.returned(key(sequence))
                }
            default:
                if Int.random(in: 0..<20, using: &random) == 0 {
                    onTheWay = []
                    plan.reset(keeping: [])
                }
            }
            #expect(plan.busyCount == onTheWay.count, "seed \(seed)")
        }
        #expect(done.count == stored.count, "seed \(seed)")
    }
}
