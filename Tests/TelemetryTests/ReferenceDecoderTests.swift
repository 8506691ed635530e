import GatewayModel
import GatewayTestSupport
import Testing

@testable import Telemetry

/// The Python decoder follows the written format; whatever differs is an error of one of the three.
@Suite struct ReferenceDecoderTests {
    @Test func randomBatchesGiveTheSameJSONInPython() throws {
        var inputs: [(dictionary: [UInt8], batch: [UInt8])] = []
        var expected: [String] = []
        for seed in UInt64(0)..<150 {
            var random = SeededGenerator(seed: seed)
            let points = RandomBatch.points(&random)
            let dictionary = PointDictionary(gateway: "站-\(seed)", points: points)
            let content = RandomBatch.content(&random, dictionary: points)
            let anchor = random.chance(0.7) ? RandomBatch.anchor(&random) : nil
            let stored = try sealed(content, dictionary: dictionary, anchor: anchor).stored(as: Fixed.key)
            let envelope = try BatchEnvelope.decode(stored.bytes)
            guard let json = try BatchJSON.render(envelope, try envelope.content(), dictionary: dictionary) else {
                continue
            }
            inputs.append((dictionary.json, stored.bytes))
            expected.append(String(decoding: json, as: UTF8.self))
        }
        let answers = try PythonDecoder.decode(inputs)
        #expect(answers.count == expected.count)
        for (i, (answer, json)) in zip(answers, expected).enumerated() {
            let same = zip(answer ?? "", json).prefix { $0 == $1 }.count
            #expect(answer == json, "batch \(i): python …\((answer ?? "refused").dropFirst(same - 40).prefix(80))")
        }
    }

    /// Shortest decimal forms at all magnitudes, powers of two and ties among them.
    @Test func floatsOfAllMagnitudesHaveTheSameDecimalFormInPython() throws {
        var random = SeededGenerator(seed: 4)
        var readings = [Reading]()
        for i in 0..<1_500 {
            let bits = UInt32(truncatingIfNeeded: random.next())
            let narrow = Float(bitPattern: i % 3 == 0 ? bits & 0xFF80_0000 : i % 3 == 1 ? bits & 0xFFFF_F000 : bits)
            readings.append(Reading(point: 0, time: at(Int64(i)), quality: .good, sample: .float32(narrow)))
            let long = random.next()
            let wide = Double(bitPattern: i % 2 == 0 ? long & 0xFFF0_0000_0000_0000 : long)
            readings.append(Reading(point: 1, time: at(Int64(i)), quality: .good, sample: .float64(wide)))
        }
        let dictionary = PointDictionary(gateway: "g", points: [point(0, type: .float32), point(1, type: .float64)])
        let stored = try sealed(BatchContent(readings: readings), dictionary: dictionary).stored(as: Fixed.key)
        let envelope = try BatchEnvelope.decode(stored.bytes)
        let json = try #require(try BatchJSON.render(envelope, try envelope.content(), dictionary: dictionary))
        let answer = try #require(try PythonDecoder.decode([(dictionary.json, stored.bytes)])[0])
        let pairs = zip(answer.split(separator: "}"), String(decoding: json, as: UTF8.self).split(separator: "}"))
        if let (python, swift) = pairs.first(where: !=) { Issue.record("python \(python), swift \(swift)") }
        #expect(answer == String(decoding: json, as: UTF8.self))
    }

    @Test func damagedBatchIsRefusedByPythonToo() throws {
        let dictionary = PointDictionary(gateway: "g", points: [point(0)])
        var bytes = try sealed(BatchContent(readings: [good(0, 5, 1)]), dictionary: dictionary)
            .stored(as: Fixed.key).bytes
        bytes[40] ^= 1
        #expect(try PythonDecoder.decode([(dictionary.json, bytes)]) == [nil])
    }
}
