import BoardConfig
import Foundation
import GatewayModel
import Testing

/// The files of BoardConfigs, as they ship.
@Suite struct ExampleTests {
    static let boardConfigs = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("BoardConfigs").resolvingSymlinksInPath()

    static func yamlFiles() -> [String] {
        let files = FileManager.default.enumerator(atPath: boardConfigs.path)
        return (files?.allObjects as? [String] ?? []).filter { $0.hasSuffix(".yaml") }.sorted()
    }

    @Test("Every file of BoardConfigs may be used", arguments: yamlFiles())
    func everyFileIsValid(file: String) {
        let path = Self.boardConfigs.appendingPathComponent(file).path
        // Found as an installer's are: the benchmarks' own templates lie beside them.
        let check = FileCheck.check(file: path)
        #expect(check.problems.filter { $0.severity == .error } == [])
        #expect(check.summary != nil)
    }

    static func stations() -> [String] { yamlFiles().filter { $0.hasPrefix("stations/") } }

    @Test("A station is warned of nothing but its plain MQTT", arguments: stations())
    func stationsGiveNoOtherWarnings(file: String) {
        let path = Self.boardConfigs.appendingPathComponent(file).path
        #expect(FileCheck.check(file: path).problems.filter { !$0.message.hasPrefix("mqtt: plain MQTT") } == [])
    }

    @Test("Every station has a scenario of the same name", arguments: stations())
    func stationsHaveScenarios(file: String) {
        let name = file.dropFirst("stations/".count).dropLast(".yaml".count)
        let scenario = Self.boardConfigs.appendingPathComponent("scenarios/\(name).json5").path
        #expect(FileManager.default.fileExists(atPath: scenario))
    }

    @Test func thereAreTemplatesBoardsAndExamples() {
        for shelf in ["devices", "boards", "examples"] {
            #expect(Self.yamlFiles().contains { $0.hasPrefix(shelf + "/") }, "\(shelf)")
        }
    }

    @Test func twoThousandPointsOfTenTemplatesShareAFewDozenTraits() throws {
        let file = Self.boardConfigs.appendingPathComponent("bench/bench-8x250.yaml").path
        let points = try #require(BoardConfigReader.read(file: file).configuration).points
        #expect(points.count == 2_000)
        let copies = Set(points.map { ObjectIdentifier($0.shared) })
        #expect(copies.count == Set(points.map(\.traits)).count)
        #expect(copies.count < 36)
    }

    @Test func theExampleOfTheInterfacesGivesTheModelThatItShows() throws {
        let file = Self.boardConfigs.appendingPathComponent("examples/all-keys.yaml").path
        let result = BoardConfigReader.read(file: file)
        let configuration = try #require(result.configuration)
        #expect(configuration.gatewayID == "cj-hs-017")
        #expect(configuration.name == "换热站 17")
        #expect(configuration.timezone == "Asia/Urumqi")
        let watchdog = WatchdogDescription(path: "/dev/watchdog0", timeout: .seconds(30))
        #expect(
            configuration.board
                == BoardDescription(
                    name: "virtual", hasBatteryClock: true, watchdog: watchdog,
                    powerFail: LineDescription(address: .offset(chip: "9030000.pl061", line: 7)),
                    leds: [LEDDescription(sign: .run, path: "/sys/class/leds/run")]))
        #expect(
            configuration.buses == [
                BusConfiguration(id: "meters", connection: .serial(path: "/dev/ttyS0", format: SerialFormat())),
                BusConfiguration(id: "plc", connection: .modbusTCP(host: "192.168.1.20", port: 502)),
            ])
        #expect(
            configuration.devices == [
                DeviceConfiguration(id: "heat-meter", bus: "meters", unit: 12, template: "tuf-2000m", points: 0..<2),
                DeviceConfiguration(id: "analog", bus: "meters", unit: 3, template: "waveshare-ai-8ch", points: 2..<3),
                DeviceConfiguration(id: "tank", bus: "plc", unit: 1, maxRegisters: 32, maxBits: 512, points: 3..<4),
            ])
        #expect(Array(configuration.points.prefix(4)) == (try expectedPoints()))
        expectLines(of: configuration)
        #expect(configuration.store == StoreConfiguration())
        #expect(configuration.uplinks == expectedUplinks)
        #expect(configuration.hash.count == 64)
    }

    private func expectLines(of configuration: GatewayConfiguration) {
        let chip = "9030000.pl061"
        #expect(
            configuration.inputs == [
                InputConfiguration(
                    id: "flood",
                    line: LineDescription(address: .offset(chip: chip, line: 0), isActiveLow: true, bias: .pullUp),
                    debounce: .milliseconds(50), point: 4),
                InputConfiguration(
                    id: "makeup_water", line: LineDescription(address: .offset(chip: chip, line: 1)), isCounter: true,
                    point: 5),
                InputConfiguration(
                    id: "door", line: LineDescription(address: .offset(chip: chip, line: 2)), point: 6),
            ])
        #expect(
            configuration.outputs == [
                OutputConfiguration(
                    id: "siren", line: LineDescription(address: .offset(chip: chip, line: 4)), isOperable: true,
                    maxOn: .seconds(300), point: 7)
            ])
        let own = configuration.points.dropFirst(4)
        #expect(own.map(\.index) == Array(4..<13))
        #expect(
            own.map { "\($0.device).\($0.id) \($0.unit) \($0.source.typeText) \($0.kind)" } == [
                "io.flood  bool state", "io.makeup_water m3 int64 counter", "io.door  bool state",
                "io.siren  bool state",
                "gateway.temperature C int64 gauge", "gateway.disk_used % int64 gauge", "gateway.load  int64 gauge",
                "gateway.memory_available MiB int64 gauge", "gateway.link  bool state",
            ])
        #expect(configuration.points[4].labels == [0: "dry", 1: "wet"])
        #expect(configuration.points[6].labels == [0: "inactive", 1: "active"])
    }

    private func expectedPoints() throws -> [PointDefinition] {
        let tenth = try #require(DecimalNumber("0.1"))
        let span = try #require(DecimalNumber("1.6"))
        let thousandth = try #require(DecimalNumber("0.001"))
        return [
            PointDefinition(
                index: 0, device: "heat-meter", id: "flow_rate", unit: "m3/h",
                source: .register(table: .holding, address: 0, type: .float32, count: 2, wordOrder: .little)),
            PointDefinition(
                index: 1, device: "heat-meter", id: "t1_supply", unit: "C",
                source: .register(table: .holding, address: 32, type: .float32, count: 2, wordOrder: .little),
                period: .every(.seconds(5)), deadBand: tenth),
            PointDefinition(
                index: 2, device: "analog", id: "p1_supply", unit: "MPa",
                source: .register(table: .input, address: 0, type: .uint16, count: 1),
                scaling: .map(rawLow: DecimalNumber(4000), rawHigh: DecimalNumber(20_000), low: .zero, high: span),
                validRaw: DecimalNumber(3600)...DecimalNumber(21_000)),
            PointDefinition(
                index: 3, device: "tank", id: "level", unit: "m",
                source: .register(table: .holding, address: 16, type: .uint16, count: 1),
                scaling: .linear(scale: thousandth, offset: .zero), period: .every(.seconds(1)), priority: .alarm),
        ]
    }

    private var expectedUplinks: [UplinkConfiguration] {
        [
            UplinkConfiguration(
                id: "city", profile: .batch,
                mqtt: MQTTConfiguration(
                    host: "broker.example", port: 8883,
                    tls: TLSConfiguration(
                        ca: "/etc/gatewayd/ca.pem", certificate: "/etc/gatewayd/client.pem",
                        key: "/etc/gatewayd/client.key"))),
            UplinkConfiguration(
                id: "company", profile: .json, must: false,
                filter: .patterns([
                    .init(device: "heat-meter", point: nil), .init(device: "tank", point: "level"),
                ]),
                backlogShare: 30,
                mqtt: MQTTConfiguration(
                    host: "10.0.0.8", port: 1883, prefix: "hn/stations", username: "hs017",
                    passwordFile: "/etc/gatewayd/hs017.pw")),
        ]
    }
}
