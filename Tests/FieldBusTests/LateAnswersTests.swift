import GatewayModel
import Testing

@testable import FieldBus

@Suite struct LateAnswersTests {
    private let now = BootTime(nanoseconds: 0)
    private func ask(_ address: UInt16, count: Int = 2) -> ReadRequest {
        ReadRequest(unit: 7, table: .holding, address: address, count: count)
    }

    @Test func aRequestOfTheSameShapeWaits_anotherOneDoesNot() {
        var late = LateAnswers()
        late.expect(ask(0), until: now + .seconds(1))
        #expect(late.earliest(ask(10), now: now) == now + .seconds(1))
        #expect(late.earliest(ask(10, count: 3), now: now) == now)
        #expect(late.earliest(ask(0), now: now) == now, "the same again cannot be mistaken")
        #expect(late.earliest(ask(10), now: now + .seconds(1)) == now + .seconds(1))
    }

    @Test func aSpoiledAnswerMayBeTheLateOne() {
        var late = LateAnswers()
        late.spoiled(ask(0), until: now + .seconds(1))
        #expect(late.earliest(ask(10), now: now) == now, "nothing else was expected, so it was its own")
        late.expect(ask(0), until: now + .seconds(1))
        late.spoiled(ask(10), until: now + .seconds(2))
        #expect(late.earliest(ask(0), now: now) == now + .seconds(2))
    }

    @Test func anAnswerOfAnotherShapeEndsTheWait_oneOfTheSameDoesNot() {
        var late = LateAnswers()
        late.expect(ask(0), until: now + .seconds(1))
        late.answered(ask(0), until: now + .seconds(3))
        #expect(late.earliest(ask(10), now: now) == now + .seconds(3))
        late.answered(ask(20, count: 5), until: now + .seconds(4))
        #expect(late.earliest(ask(10), now: now) == now)
    }

    @Test func moreThanCanBeRememberedBlockEverything() {
        var late = LateAnswers()
        for n in 0..<9 { late.expect(ask(UInt16(n), count: n + 1), until: now + .seconds(Int64(n + 1))) }
        #expect(late.earliest(ask(99, count: 60), now: now) == now + .seconds(9))
    }
}
