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
                readings: [good(0, 1_000_000, Int64(713)), bad(1, 1_000_000, .noReply)],
                gaps: [Gap(scope: .point(1), from: .boot(at(999_000)), to: .boot(at(1_000_000)), reason: .device)]))
        #expect(
            text == head
                + #"{"device":"heat-meter","point":"t1_supply","time":1795231200000,"value":71.3,"quality":"good"},"#
                + #"{"device":"tank","point":"level","time":1795231200000,"value":null,"quality":"no-reply"}],"#
                + #""gaps":[{"device":"tank","point":"level","from":1795231199000,"to":1795231200000,"reason":"device"}],"#
                + #""alarms":[],"aggregates":[]}"#)
    }
}
