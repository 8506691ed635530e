import GatewayModel
import GatewayTestSupport
import Testing

@testable import FieldBus

@Suite struct OverheardTests {
    private let request = ReadRequest(unit: 5, table: .holding, address: 10, count: 2)
    private let answer = sealed([5, 3, 4, 0, 1, 0, 2])

    private func heard(_ bytes: [UInt8]) -> Overheard {
        var overheard = Overheard()
        overheard.noteAnswer(bytes, to: request)
        return overheard
    }

    @Test func theAnswerAloneIsNothingToHear() {
        #expect(heard(answer).isEmpty)
        #expect(heard([]).isEmpty)
    }

    @Test func noiseBeforeTheAnswerAndASecondAnswerAreTold() {
        #expect(heard([0xFF, 0x00] + answer).noiseBeforeAnswer == 2)
        #expect(heard(answer + sealed([5, 3, 4, 0, 7, 0, 8])).isDoubled)
    }

    @Test func theRequestComingBackIsAnEchoAndNoForeignRequest() {
        let echo = heard(request.rtuFrame + answer)
        #expect(echo.hasEcho && echo.foreignRequests.isEmpty && echo.spoiled == nil)
        #expect(heard(request.rtuFrame).hasEcho)
    }

    @Test func aForeignRequestAndUnknownUnitsAreTold() {
        let foreign = heard(sealed([9, 4, 0, 0, 0, 8]) + sealed([9, 4, 2, 1, 2]))
        #expect(foreign.foreignRequests == [ReadRequest(unit: 9, function: 4, address: 0, count: 8)])
        #expect(foreign.units == [9])
        var idle = Overheard()
        idle.noteIdle([1, 2] + sealed([8, 6, 0, 1, 0, 1]))
        #expect(idle.idleNoise == 2)
        #expect(idle.foreignRequests.map(\.unit) == [8])
    }

    @Test func aSpoiledAnswerIsDescribed() {
        var spoiled = answer
        spoiled[4] ^= 0x40
        #expect(heard(spoiled).spoiled == .init(bytes: 9, expected: 9, hasHead: true))
        #expect(
            heard([0x85] + spoiled.dropFirst() + [1, 2, 3]).spoiled == .init(bytes: 12, expected: 9, hasHead: false))
        #expect(heard([0]).isOnlyZeros)
        #expect(!heard([0, 1]).isOnlyZeros)
    }

    @Test(arguments: 0..<40) func anyBytesAreHeardWithoutATrapAndWithinBounds(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<100 {
            let bytes = (0..<Int.random(in: 0...512, using: &random)).map { _ in UInt8.random(in: 0...9, using: &random)
            }
            var overheard = heard(bytes)
            overheard.noteIdle(bytes)
            #expect(overheard.units.count <= Overheard.mostFrames)
            #expect(overheard.foreignRequests.count <= Overheard.mostFrames)
        }
    }
}
