import BoardConfig
import Foundation
import Testing

@Suite struct SchemaTests {
    @Test func theSchemaIsJSONAndKnowsTheKeysOfTheExample() throws {
        let root = try #require(try JSONSerialization.jsonObject(with: Data(ConfigSchema.json.utf8)) as? [String: Any])
        let properties = try #require(root["properties"] as? [String: Any])
        #expect(
            Set(properties.keys) == [
                "schema", "gateway", "board", "buses", "devices", "inputs", "outputs", "vitals", "alarms", "store",
                "uplinks",
            ])
        let devices = try #require(properties["devices"] as? [String: Any])
        let device = try #require((devices["items"] as? [String: Any])?["properties"] as? [String: Any])
        #expect(device["word_order"] != nil)
        #expect((root["required"] as? [String]) == ["schema", "gateway", "uplinks"])
        #expect(root["additionalProperties"] as? Bool == false)
    }

    @Test func theSchemaFileThatShipsIsThisVersions() throws {
        let file = ExampleTests.boardConfigs.appendingPathComponent("board-config.schema.json")
        #expect(
            try String(contentsOf: file, encoding: .utf8) == ConfigSchema.json + "\n",
            "gatewayctl schema > BoardConfigs/board-config.schema.json")
    }
}
