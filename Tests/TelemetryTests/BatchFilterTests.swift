import GatewayModel
import Testing

@testable import Telemetry

@Suite struct BatchFilterTests {
    let dictionary = PointDictionary(
        gateway: "g", points: [point(0, "a", "x"), point(1, "a", "y"), point(2, "b", "x")])

    func filter(_ device: String, _ name: String? = nil) -> BatchFilter {
        BatchFilter(dictionary: dictionary, filter: .patterns([.init(device: device, point: name)]))
    }

    var content: BatchContent {
        BatchContent(
            readings: [good(0, 1_000, 1), good(1, 2_000, 2), good(2, 3_000, 3)],
            gaps: [Gap(scope: .point(2), from: .boot(at(5)), to: nil, reason: .bus)])
    }

    @Test func batchKeepsItsKeyAndOnlyTheAdmittedPoints() throws {
        let stored = try sealed(content, dictionary: dictionary).stored(as: Fixed.key).bytes
        let left = try BatchEnvelope.decode(try #require(try filter("a").filtered(stored)))
        #expect(left.key == Fixed.key)
        #expect(left.batch.anchor == Fixed.anchor && left.batch.dictionary == dictionary.id)
        #expect(left.batch.readings == 2 && left.batch.first == at(1_000) && left.batch.last == at(2_000))
        #expect(try left.content() == BatchContent(readings: Array(content.readings.prefix(2))))
    }

    @Test func sameBatchGivesTheSameBytes() throws {
        let stored = try sealed(content, dictionary: dictionary).stored(as: Fixed.key).bytes
        #expect(try filter("b").filtered(stored) == filter("b").filtered(stored))
        #expect(try BatchFilter(dictionary: dictionary, filter: .all).filtered(stored) == stored)
    }

    @Test func nothingLeftIsNothingToSend() throws {
        let one = BatchContent(readings: [good(0, 1_000, 1)])
        let stored = try sealed(one, dictionary: dictionary).stored(as: Fixed.key).bytes
        #expect(try filter("b").filtered(stored) == nil)
        #expect(try filter("a", "y").filtered(stored) == nil)
        #expect(try filter("a", "x").filtered(stored) != nil)
    }
}
