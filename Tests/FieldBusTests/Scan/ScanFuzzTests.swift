import GatewayModel
import GatewayTestSupport
import Testing

@testable import FieldBus

/// Whatever a line says and whatever a state file holds, a search goes on and ends.
@Suite struct ScanFuzzTests {
    private func plan() -> ScanPlan {
        ScanPlan(formats: [SerialFormat()], meterFormats: [ScanPlan.meterFormat], addresses: 1...9)
    }

    /// Bytes that a question may bring: nothing most of the time, noise, pieces of the question.
    private func bytes(_ step: ScanStep, _ random: inout FuzzRandom) -> [UInt8] {
        switch random.below(6) {
        case 0: random.bytes(upTo: 40)
        case 1: random.mutated(step.request)
        case 2: [0xE5]
        default: []
        }
    }

    private func finish(_ plan: inout ScanPlan, _ random: inout FuzzRandom) {
        var asked = 0
        while let step = plan.next() {
            asked += 1
            guard asked <= plan.total + ScanPlan.mostFollowUps else {
                Issue.record("endless, SEED=\(random.seed)")
                return
            }
            let bytes = bytes(step, &random)
            plan.answered(ScanAnswer.findings(in: bytes, to: step, turnaround: 0), heard: bytes.count)
        }
        #expect(plan.isOver && plan.timeLeft == 0, "SEED=\(random.seed)")
        #expect(plan.findings.count <= ScanPlan.mostFindings)
    }

    @Test func whateverIsHeardASearchEnds() {
        Fuzz.run(20) { random in
            var plan = plan()
            finish(&plan, &random)
        }
    }

    @Test func anyStateIsTakenOrRefusedAndWhatIsTakenEnds() {
        var taken = 0
        Fuzz.run(60) { random in
            var first = plan()
            for _ in 0..<random.below(40) {
                guard let step = first.next() else { break }
                let bytes = bytes(step, &random)
                first.answered(ScanAnswer.findings(in: bytes, to: step, turnaround: 0), heard: bytes.count)
            }
            var second = plan()
            let text = String(decoding: random.mutated(Array(first.text.utf8)), as: UTF8.self)
            guard second.resume(text) else { return }
            taken += 1
            #expect((0...second.total).contains(second.position), "SEED=\(random.seed)")
            finish(&second, &random)
        }
        #expect(taken > 0)
    }
}
