import GatewayModel
import Testing

@testable import Telemetry

@Suite struct BatchEnvelopeTests {
    let dictionary = PointDictionary(gateway: "g", points: [point(0)])
    let content = BatchContent(readings: [good(0, 1_500, 1), good(0, 2_500, 2)])

    @Test func headerReadsBack() throws {
        for urgent in [false, true] {
            for anchor in [nil, Fixed.anchor] {
                var batch = try sealed(content, dictionary: dictionary, anchor: anchor)
                batch.urgent = urgent
                let stored = batch.stored(as: Fixed.key)
                #expect(stored.key == Fixed.key && stored.dictionary == dictionary.id)
                #expect(stored.bytes.count == 104 + batch.body.count + 4)
                #expect(try BatchEnvelope.decode(stored.bytes) == BatchEnvelope(batch: batch, key: Fixed.key))
            }
        }
    }

    @Test func anchorThatFollowsLaterChangesNothingElse() throws {
        let late = try sealed(content, dictionary: dictionary, anchor: nil).stored(as: Fixed.key).bytes
        let early = try sealed(content, dictionary: dictionary, anchor: Fixed.anchor).stored(as: Fixed.key).bytes
        #expect(try BatchEnvelope.stamped(late, anchor: Fixed.anchor) == early)
    }

    @Test func anchoredBatchIsNeverStampedAgain() throws {
        let bytes = try sealed(content, dictionary: dictionary).stored(as: Fixed.key).bytes
        #expect(throws: BatchFormatError.self) { try BatchEnvelope.stamped(bytes, anchor: Fixed.anchor) }
    }

    @Test func clockIsTrustedWhileTheStatedErrorIsBelowFiveMinutesOverTheWholeBatch() throws {
        func trusted(_ error: Nanoseconds, bootTime: BootTime = at(2_000)) throws -> Bool {
            let anchor = WallAnchor(bootTime: bootTime, realTime: 0, error: error)
            let batch = try sealed(content, dictionary: dictionary, anchor: anchor)
            return BatchEnvelope(batch: batch, key: Fixed.key).hasTrustedClock
        }
        #expect(try trusted(.seconds(299)))
        #expect(try !trusted(.seconds(300)))
        // The error grows away from the anchor: here at the first reading.
        #expect(try !trusted(.seconds(300) - .microseconds(40)))
    }

    @Test func numberOfReadingsInTheHeaderMustBeRight() throws {
        var batch = try sealed(content, dictionary: dictionary)
        batch.readings = 3
        let envelope = try BatchEnvelope.decode(batch.stored(as: Fixed.key).bytes)
        #expect(throws: BatchFormatError("number of readings differs")) { try envelope.content() }
    }

    @Test func sectionsOfLaterVersionsAreSkippedUnlessTheyMustBeUnderstood() throws {
        let plain = [0] + (try BatchBody.expanded(BatchBody.encode(content, base: at(1_500))))
        for tag in [6, 98, 99] as [UInt8] {
            #expect(try BatchBody.decode(plain + [tag, 2, 0xAB, 0xCD], base: at(1_500)) == content)
        }
        #expect(throws: BatchFormatError.self) { try BatchBody.decode(plain + [128, 0], base: at(1_500)) }
        #expect(throws: BatchFormatError.self) { try BatchBody.decode(plain + [6, 0, 6, 0], base: at(1_500)) }
    }
}
