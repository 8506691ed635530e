import BoardConfig
import Foundation
import GatewayModel
import Testing

@testable import gatewayctl

@Suite struct TableTests {
    private func export(_ file: String, separator: Character = ",") throws -> (csv: String, GatewayConfiguration) {
        let bytes = try Shipped.bytes(file)
        let configuration = try #require(Shipped.read(bytes).configuration)
        let export = TableExport(configuration, bytes: bytes, templates: Shipped.templates)
        return ("\u{FEFF}" + export.csv(separator: separator), configuration)
    }

    private func importing(_ csv: String, into config: String) -> TableImport {
        TableImport(
            Array(csv.utf8), file: "points.csv", templates: Shipped.templates, into: config, configFile: "station.yaml",
            libraries: Shipped.libraries)
    }

    /// All but the hash of the file's bytes.
    private func withoutHash(_ configuration: GatewayConfiguration) -> GatewayConfiguration {
        var configuration = configuration
        configuration.hash = ""
        return configuration
    }

    @Test("What a table takes out of a config gives the same config when it is put back", arguments: Shipped.configs)
    func outAndInAgainIsTheSame(file: String) throws {
        for separator in [",", ";"] as [Character] {
            let (csv, before) = try export(file, separator: separator)
            let made = importing(csv, into: String(decoding: try Shipped.bytes(file), as: UTF8.self))
            #expect(made.problems.filter { $0.severity == "error" } == [])
            let after = try #require(Shipped.read(Array(made.text.utf8)).configuration)
            #expect(withoutHash(before) == withoutHash(after))
        }
    }

    @Test("Nor are there other warnings than before", arguments: Shipped.configs)
    func warningsStayTheSame(file: String) throws {
        let bytes = try Shipped.bytes(file)
        let (csv, _) = try export(file)
        let made = importing(csv, into: String(decoding: bytes, as: UTF8.self))
        #expect(made.problems.map(\.message).sorted() == Shipped.read(bytes).problems.map(\.message).sorted())
    }

    @Test func outsideOfTheDevicesEveryByteStays() throws {
        let text = String(decoding: try Shipped.bytes("stations/heat-substation.yaml"), as: UTF8.self)
        let made = importing(try export("stations/heat-substation.yaml").csv, into: text)
        func halves(_ text: String) throws -> (Substring, Substring) {
            let start = try #require(text.range(of: "devices:\n"))
            let end = try #require(text.range(of: "alarms:\n"))
            return (text[..<start.lowerBound], text[end.lowerBound...])
        }
        #expect(try halves(made.text) == halves(text))
    }

    @Test func theSectionThatIsMadeReadsLikeOneThatAPersonWrote() throws {
        let text = String(decoding: try Shipped.bytes("stations/power-distribution-room.yaml"), as: UTF8.self)
        let made = importing(try export("stations/power-distribution-room.yaml").csv, into: text)
        #expect(try made.text == Shipped.golden("power-distribution-room.yaml", made.text))
    }

    @Test func theTableItselfIsAsExpected() throws {
        // Without the mark, which reading the file would take off.
        let csv = String(try export("stations/meter-room.yaml").csv.dropFirst())
        #expect(try csv == Shipped.golden("meter-room.csv", csv))
    }

    @Test func aSheetOfNamesWithChineseHeadingsIsEnough() throws {
        let csv = """
            设备;总线;地址;模板;点名;系数;周期;备注
            heat-meter;meters;12;tuf-2000m;flow_rate;;5s;入口
            heat-meter;;;;velocity;;5s;
            e-meter;meters;4;chint-dtsu666;voltage_a;0,01;10s;
            """
        let made = TableImport(Array(csv.utf8), file: "p.csv", templates: Shipped.templates)
        #expect(made.problems == [])
        #expect(
            made.text == """
                devices:
                  - id: heat-meter
                    bus: meters
                    address: 12
                    template: tuf-2000m
                    period: 5s
                    points:
                      - flow_rate  # 入口
                      - velocity
                  - id: e-meter
                    bus: meters
                    address: 4
                    template: chint-dtsu666
                    points:
                      - {id: voltage_a, scale: 0.01}

                """)
    }

    @Test func leadingZerosOfAMetersNumberSurviveASpreadsheet() throws {
        let csv = try export("stations/meter-room.yaml").csv
        #expect(csv.contains("\"=\"\"000000000161\"\"\""))
        // What a spreadsheet that has opened it saves.
        let saved = csv.replacingOccurrences(of: "\"=\"\"000000000161\"\"\"", with: "000000000161")
        let text = String(decoding: try Shipped.bytes("stations/meter-room.yaml"), as: UTF8.self)
        #expect(importing(saved, into: text).isSound)
    }

    @Test func withoutASectionOfDevicesItComesBeforeTheNextOne() {
        let text = "schema: 1\nbuses: []\n# who gets it\nuplinks:\n  - {id: city}\n"
        let (made, lines) = ConfigSections(text).replacing(
            "devices", with: ["devices: []"], before: ["store", "uplinks"])
        #expect(made == "schema: 1\nbuses: []\ndevices: []\n# who gets it\nuplinks:\n  - {id: city}\n")
        #expect(lines == 3..<4)
    }

    @Test func itemsAtTheMarginBelongToTheSection() {
        let text = "devices:\n- {id: a}\n- {id: b}\n# next\nuplinks: []"
        let (made, _) = ConfigSections(text).replacing("devices", with: ["devices: []"], before: [])
        #expect(made == "devices: []\n# next\nuplinks: []")
    }

    @Test func aFileOfWindowsStaysOne() {
        let text = "devices:\r\n  - {id: a}\r\n# next\r\nuplinks: []\r\n"
        let (made, _) = ConfigSections(text).replacing("devices", with: ["devices: []"], before: [])
        #expect(Array(made.utf8) == Array("devices: []\r\n# next\r\nuplinks: []\r\n".utf8))
    }
}
