import GatewayModel
import Testing

@testable import Telemetry

@Suite struct BatchJSONTests {
    let dictionary = PointDictionary(
        gateway: "cj-hs-017",
        points: [
            point(0, "heat-meter", "t1_supply", scale: "0.1", unit: "°C"), point(1, "tank", "level", type: .uint16),
            point(2, "tank", "flood", type: .bit), point(3, "heat-meter", "energy", type: .int64),
            point(4, "heat-meter", "flow", type: .float32),
        ])

    func json(_ content: BatchContent, anchor: WallAnchor? = Fixed.anchor, filter: PointFilter = .all) throws -> String?
    {
        let batch = try sealed(content, dictionary: dictionary, anchor: anchor)
        let envelope = try BatchEnvelope.decode(batch.stored(as: Fixed.key).bytes)
        return try BatchJSON.render(envelope, try envelope.content(), dictionary: dictionary, filter: filter)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    var head: String {
        #"{"gateway":"cj-hs-017","epoch":"909192939495969798999a9b9c9d9e9f","sequence":412,"dictionary":""#
            + dictionary.id.hexadecimal + #"","clock":"trusted","readings":["#
    }

    @Test func trustedBatchHasTheShapeOfTheInterface() throws {
        let text = try json(
            BatchContent(
                readings: [good(0, 1_000_000, 713), bad(1, 1_000_000, .noReply)],
                gaps: [Gap(scope: .point(1), from: .boot(at(999_000)), to: .boot(at(1_000_000)), reason: .device)]))
        #expect(
            text == head
                + #"{"device":"heat-meter","point":"t1_supply","time":1795231200000,"value":71.3,"quality":"good"},"#
                + #"{"device":"tank","point":"level","time":1795231200000,"value":null,"quality":"no-reply"}],"#
                + #""gaps":[{"device":"tank","point":"level","from":1795231199000,"to":1795231200000,"reason":"device"}],"#
                + #""alarms":[],"aggregates":[]}"#)
    }

    @Test func untrustedBatchNamesItsBootAndGivesBootTimes() throws {
        let content = BatchContent(
            readings: [good(0, 1_000, 713)],
            gaps: [
                Gap(
                    scope: .everything, from: .wall(.milliseconds(1_795_231_100_500)), to: .boot(at(900)),
                    reason: .agentOff),
                Gap(scope: .point(1), from: .boot(at(800)), to: nil, reason: .overload),
                Gap(scope: .point(1), from: .unknown, to: .unknown, reason: .evicted),
            ])
        let uncertain = WallAnchor(bootTime: at(0), realTime: 1, error: .seconds(300))
        for anchor in [nil, uncertain] {
            let text = try #require(try json(content, anchor: anchor))
            let end = try #require(text.firstRange(of: #""clock":"#)).lowerBound
            let lines = [
                #""clock":"untrusted","boot":"101112131415161718191a1b1c1d1e1f","readings":["#,
                #"{"device":"heat-meter","point":"t1_supply","boottime":1000,"value":71.3,"quality":"good"}],"#,
                #""gaps":[{"device":"*","point":"*","from":1795231100500,"to_boottime":900,"reason":"agent-off"},"#,
                #"{"device":"tank","point":"level","from_boottime":800,"to":null,"reason":"overload"},"#,
                #"{"device":"tank","point":"level","from":null,"to":null,"reason":"evicted"}],"#,
                #""alarms":[],"aggregates":[]}"#,
            ]
            #expect(String(text[end...]) == lines.joined())
        }
    }

    /// The value of one sample of one point, as JSON text.
    func shown(_ sample: Sample, _ index: PointIndex) throws -> Substring {
        let reading = Reading(point: index, time: at(1_000_000), quality: .good, sample: sample)
        let text = try #require(try json(BatchContent(readings: [reading])))
        let start = try #require(text.firstRange(of: #""value":"#)).upperBound
        let end = try #require(text.firstRange(of: "}]")).lowerBound
        return text[start..<end]
    }

    @Test func valuesHaveTheirExactForm() throws {
        #expect(try shown(.integer(1), 2) == #"true,"quality":"good""#)
        #expect(try shown(.integer(0), 2) == #"false,"quality":"good""#)
        #expect(try shown(.integer(9_007_199_254_740_991), 3) == #"9007199254740991,"quality":"good""#)
        #expect(try shown(.integer(9_007_199_254_740_992), 3) == #""9007199254740992","quality":"good""#)
        #expect(try shown(.integer(-9_007_199_254_740_992), 3) == #""-9007199254740992","quality":"good""#)
        #expect(try shown(.float32(71.3), 4) == #"71.3,"quality":"good""#)
        #expect(try shown(.float32(.nan), 4) == #"null,"quality":"no-value""#)
        #expect(try shown(.text("a\"换"), 4) == #""a\"换","quality":"good""#)
    }

    @Test func readingsStandInTheOrderOfTheirTimes() throws {
        let text = try #require(
            try json(
                BatchContent(readings: [
                    good(0, 1_020_000, 1), good(1, 1_000_000, 2), good(0, 1_000_000, 3),
                    measured(4, 1_000_000, Float(4)),
                ])))
        let values = text.split(separator: #""value":"#).dropFirst().map { $0.prefix { $0 != "," } }
        #expect(values == ["0.3", "2", "4", "0.1"])
    }

    @Test func timesAreRoundedDownToWholeMilliseconds() throws {
        let anchor = WallAnchor(
            bootTime: BootTime(nanoseconds: 500_000), realTime: 1_795_231_200_000_900_000, error: 0)
        let late = Reading(point: 0, time: BootTime(nanoseconds: 10_999_999), quality: .good, sample: .integer(1))
        // Stored as 10 ms; 10 ms - 0.5 ms + .0009 s.
        #expect(
            try #require(try json(BatchContent(readings: [late]), anchor: anchor)).contains(#""time":1795231200010,"#))
    }

    @Test func onlyTheReceiversPointsAreShown() throws {
        let content = BatchContent(
            readings: [good(0, 1_000_000, 1), good(1, 1_000_000, 2)],
            gaps: [Gap(scope: .point(1), from: .unknown, to: nil, reason: .bus)])
        let filter = PointFilter.patterns([.init(device: "heat-meter", point: nil)])
        let text = try #require(try json(content, filter: filter))
        #expect(text.contains("t1_supply") && !text.contains("level"))
        #expect(try json(content, filter: .patterns([.init(device: "tank", point: "flood")])) == nil)
        let everywhere = BatchContent(gaps: [Gap(scope: .everything, from: .unknown, to: nil, reason: .overrun)])
        #expect(try json(everywhere, filter: filter) != nil)
        #expect(try json(BatchContent()) == nil)
    }

    @Test func replacedBatchesAreNamed() throws {
        let text = try json(BatchContent(replaces: [3...5, 9...9]))
        #expect(text?.hasSuffix(#""aggregates":[],"replaces":[[3,5],[9,9]]}"#) == true)
    }

    @Test func batchOfAnotherDictionaryIsRefused() {
        #expect(throws: BatchFormatError.self) { try json(BatchContent(readings: [good(5, 0, 1)])) }
    }
}
