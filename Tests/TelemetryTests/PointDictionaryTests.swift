import GatewayModel
import GatewayTestSupport
import Testing

@testable import Telemetry

@Suite struct PointDictionaryTests {
    let points = [
        point(0, "heat-meter", "t1_supply", scale: "0.1", unit: "°C", deadBand: "0.2"),
        PointDefinition(
            index: 1, device: "analog", id: "p1", unit: "MPa",
            source: .register(table: .input, address: 0, type: .uint16, count: 1),
            scaling: .map(rawLow: decimal("4000"), rawHigh: decimal("20000"), low: .zero, high: decimal("1.6"))),
        point(2, "drive", "state", labels: [3: "fault", -1: "off", 1: "\"on\""], kind: .state),
        point(3, "meter", "energy", type: .uint64, scale: "0.01", offset: "-5", unit: "kWh", kind: .counter),
        point(4, "meter", "flow", type: .float32, scale: "3.6", unit: "m³/h", resolution: "0.01"),
    ]

    @Test func textHasFixedOrderAndOnlyWhatIsSaid() {
        let text = String(decoding: PointDictionary(gateway: "cj-hs-017", points: points).json, as: UTF8.self)
        #expect(
            text == #"{"version":1,"gateway":"cj-hs-017","points":["#
                + #"{"index":0,"device":"heat-meter","point":"t1_supply","unit":"°C","type":"int16","scale":0.1,"#
                + #""kind":"gauge","deadband":0.2},"#
                + #"{"index":1,"device":"analog","point":"p1","unit":"MPa","type":"uint16","#
                + #""map":{"raw":[4000,20000],"to":[0,1.6]},"kind":"gauge"},"#
                + #"{"index":2,"device":"drive","point":"state","unit":"","type":"int16","scale":1,"kind":"state","#
                + #""labels":{"-1":"off","1":"\"on\"","3":"fault"}},"#
                + #"{"index":3,"device":"meter","point":"energy","unit":"kWh","type":"uint64","scale":0.01,"#
                + #""offset":-5,"kind":"counter","big":true},"#
                + #"{"index":4,"device":"meter","point":"flow","unit":"m³/h","type":"float32","scale":0.01,"#
                + #""kind":"gauge","resolution":0.01}]}"#)
    }

    @Test func dictionaryReadsBackFromItsText() throws {
        let dictionary = PointDictionary(gateway: "换热站 \"17\"", points: points)
        #expect(try PointDictionary(json: dictionary.json) == dictionary)
    }

    @Test(arguments: UInt64(0)..<50)
    func everyDictionaryReadsBack(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let dictionary = PointDictionary(gateway: "g", points: RandomBatch.points(&random))
        #expect(try PointDictionary(json: dictionary.json) == dictionary, "seed \(seed)")
    }

    @Test func idIsTheStartOfTheSHA256OfTheText() {
        // echo -n abc | sha256sum
        #expect(PointDictionary.id(of: Array("abc".utf8)).hexadecimal == "ba7816bf8f01cfea")
        let dictionary = PointDictionary(gateway: "g", points: points)
        #expect(dictionary.id == PointDictionary.id(of: dictionary.json))
        #expect(dictionary.id != PointDictionary(gateway: "h", points: points).id)
    }

    @Test(arguments: [
        "[]", "{}", #"{"version":2,"gateway":"g","points":[]}"#, #"{"version":1,"points":[]}"#,
        #"{"version":1,"gateway":"g"}"#, #"{"version":1,"gateway":"g","points":[{}]}"#,
        #"{"version":1,"gateway":"g","points":[{"index":1,"device":"d","point":"p","unit":"","type":"int16","scale":1,"kind":"gauge"}]}"#,
        #"{"version":1,"gateway":"g","points":[{"index":0,"device":"d","point":"p","unit":"","type":"int17","scale":1,"kind":"gauge"}]}"#,
        #"{"version":1,"gateway":"g","points":[{"index":0,"device":"d","point":"p","unit":"","type":"int16","scale":"1","kind":"gauge"}]}"#,
        #"{"version":1,"gateway":"g","points":[{"index":0,"device":"d","point":"p","unit":"","type":"int16","scale":1,"kind":"gauge","resolution":0}]}"#,
    ])
    func textThatIsNoDictionaryIsRefused(text: String) {
        #expect(throws: BatchFormatError.self) { try PointDictionary(json: Array(text.utf8)) }
    }

    @Test func keysOfLaterVersionsAreIgnored() throws {
        let text =
            #"{"version":1,"later":{},"gateway":"g","points":[{"index":0,"device":"d","point":"p","unit":"","#
            + #""type":"int16","later":[1],"scale":1,"kind":"gauge"}]}"#
        #expect(try PointDictionary(json: Array(text.utf8)).points.count == 1)
    }

    @Test(arguments: [
        (RegisterType.int16, "1", false), (.uint32, "1", false), (.uint32, "1e6", false), (.uint32, "1e7", true),
        (.int64, "1", true), (.uint64, "0.0001", false), (.uint64, "0.001", true), (.float64, "1e20", false),
        (.bcd32, "1", false), (.string, "1", false),
    ])
    func bigIntegersAreFlaggedWhereTheyCanOccur(type: RegisterType, scale: String, isBig: Bool) {
        #expect(DescribedPoint(point(0, type: type, scale: scale)).hasBigIntegers == isBig)
    }
}
