import Foundation
import Testing

@testable import stationsim

@Suite struct ScenarioReaderTests {
    private static let bus = #"buses: [{id: "a", serial: "9600 8N1"}]"#

    @Test(arguments: [
        ("{name: ", "not JSON5"),
        ("[]", "expected an object"),
        ("{name: \"x\", \(bus)}", "'devices' is missing"),
        ("{name: \"x\", buses: [], devices: []}", "'buses' is empty"),
        ("{name: \"x\", \(bus), devices: [], colour: 1}", "'colour' is unknown here; known are buses, devices"),
        (
            "{name: \"x\", buses: [{id: \"a\", serial: \"9600 9N1\"}], devices: []}",
            "buses[0].serial: expected baud rate"
        ),
        ("{name: \"x\", buses: [{id: \"a\"}], devices: []}", "buses[0]: needs either 'serial'"),
        (
            "{name: \"x\", buses: [{id: \"a\", tcp: \"here:502\"}], devices: []}",
            "buses[0].tcp: expected an IPv4 address"
        ),
        ("{name: \"x\", buses: [{id: \"../a\", serial: \"9600 8N1\"}], devices: []}", "becomes a file name"),
        ("{name: \"x\", \(bus), devices: [{id: \"d\", bus: \"b\", unit: 1}]}", "devices[0].bus: no bus 'b'"),
        (
            "{name: \"x\", \(bus), devices: [{id: \"d\", bus: \"a\", unit: 300}]}",
            "devices[0].unit: expected a whole number from 0 to 255"
        ),
        (
            "{name: \"x\", \(bus), devices: [{id: \"d\", bus: \"a\", unit: 1, model: \"m\"}]}",
            "devices[0].model: no model 'm'"
        ),
        (
            device(#"{point: "p", address: 0, encode: "f31", signal: 1}"#),
            "points[0].encode: 'f31' is unknown; expected u16"
        ),
        (device(#"{point: "p", address: 0, signal: "none"}"#), "points[0].signal: no signal 'none'"),
        (device(#"{point: "p", address: 65535, encode: "u32", signal: 1}"#), "reaches beyond register 65535"),
        (device(#"{point: "p", address: 0, signal: {sine: {mean: 1, period: "5s"}}}"#), "'amplitude' is missing"),
        (device(#"{point: "p", address: 0, signal: {constant: 1, cycle: {on: 1, off: 1}}}"#), "needs exactly one of"),
        (
            device(#"{point: "p", address: 0, signal: 1, map: {raw: [0, 3], to: [0, 1]}}"#),
            "its slope is no finite decimal"
        ),
        (device(#"{point: "p", address: 0, signal: 1, scale: "zero"}"#), "points[0].scale: expected a decimal number"),
        (device(#"{point: "p", address: 0, signal: 1}, {point: "p", address: 1, signal: 1}"#), "a second point 'p'"),
        (device("", #"{device: "e", kind: "dead"}"#), "faults[0].device: no device 'e'"),
        (device("", #"{device: "d", kind: "sleepy"}"#), "faults[0].kind: expected dead, late, crc"),
        (device("", #"{device: "d", kind: "late", by: "soon"}"#), "faults[0].by: expected a duration such as 250ms"),
        (device("", #"{bus: "a", kind: "port-gone", form: 3}"#), "faults[0]: 'form' is unknown here"),
        (device("", #"{bus: "a", kind: "port-gone", returns: {}}"#), "faults[0].returns: the bus has no 'adapter'"),
        (device("", #"{device: "d", kind: "babble", every: 0}"#), "faults[0].every: must be at least 1ms"),
        (serial(#"interference: {every: "5ms", length: "3ms"}"#), "'every' at least twice as long"),
        (serial(#"adapter: {id: "../x"}"#), "adapter.id: becomes a file name"),
        (serial(#"masters: [{id: "m", every: 1, requests: []}]"#), "masters[0]: 'requests' is empty"),
        (serial(#"masters: [{id: "m", every: 1, requests: ["6G"]}]"#), "requests[0]: expected 1 to 256 bytes"),
        (serial(#"port: "fast""#), "buses[0].port: expected baud rate"),
        (
            "{name: \"x\", \(bus), devices: [{id: \"d\", bus: \"a\", unit: 1}, {id: \"e\", bus: \"a\", unit: 1}]}",
            "unit 1 is taken on bus 'a'; 'shares_unit: true' means it so"
        ),
    ])
    func whatIsWrong_isNamedWithItsPlace(text: String, expected: String) {
        #expect {
            try ScenarioReader.read(Data(text.utf8))
        } throws: { error in
            "\(error)".contains(expected)
        }
    }

    private static func serial(_ more: String) -> String {
        #"{name: "x", buses: [{id: "a", serial: "9600 8N1", \#(more)}], devices: []}"#
    }

    private static func device(_ points: String, _ faults: String = "") -> String {
        #"{name: "x", \#(bus), devices: [{id: "d", bus: "a", unit: 1, points: [\#(points)]}], faults: [\#(faults)]}"#
    }

    @Test func aModel_liesBeneathItsDevices() throws {
        let text = #"""
            {name: "x", \#(Self.bus), signals: [{id: "d1.f", constant: 3}, {id: "d2.f", constant: 4}],
             models: {m: {functions: [3], max_registers: 9, points: [{point: "f", address: 1, signal: "@.f"}]}},
             devices: [{id: "d1", bus: "a", unit: 1, model: "m"},
                       {id: "d2", bus: "a", unit: 2, model: "m", max_registers: 5,
                        points: [{point: "g", address: 2, signal: 1}]}]}
            """#
        let devices = try ScenarioReader.read(Data(text.utf8)).buses[0].devices
        #expect(devices.map(\.maxRegisters) == [9, 5])
        #expect(devices.map { $0.points.map(\.name) } == [["f"], ["f", "g"]])
        #expect(devices[0].points[0].signal != devices[1].points[0].signal)
    }

    @Test(arguments: ["heat-substation", "water-pump-station"])
    func everyPointOfAShippedStation_isSimulated(name: String) throws {
        let scenario = try ScenarioReader.read(file: repositoryFile("BoardConfigs/scenarios/\(name).json5"))
        let config = try String(contentsOfFile: repositoryFile("BoardConfigs/stations/\(name).yaml"), encoding: .utf8)
        for bus in scenario.buses {
            #expect(config.contains("id: \(bus.id), "), "bus \(bus.id)")
            for device in bus.devices {
                #expect(
                    config.contains("- id: \(device.id)\n    bus: \(bus.id)\n    address: \(device.unit)\n"),
                    "\(device.id)")
            }
        }
        let simulated = Set(scenario.buses.flatMap(\.devices).flatMap(\.points).map { "\($0.device).\($0.name)" })
        let configured = Self.points(of: config)
        #expect(configured.count > 40)
        #expect(configured.subtracting(simulated) == [])
    }

    @Test func everySickLine_isReadAndHasALineInItsReadme() throws {
        let directory = repositoryFile("BoardConfigs/scenarios/sick")
        let readme = try String(contentsOfFile: directory + "/README.md", encoding: .utf8)
        let files = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".json5") }
        #expect(files.count > 20)
        for file in files {
            let scenario = try ScenarioReader.read(file: "\(directory)/\(file)")
            #expect("\(scenario.name).json5" == file)
            #expect(readme.contains("| `\(scenario.name)` |"), "\(file)")
        }
    }

    /// `device.point` of a station file as these are written: one point a line, or a flow list of names.
    private static func points(of yaml: String) -> Set<String> {
        var device = ""
        var found: Set<String> = []
        for line in yaml.split(separator: "\n") {
            if let match = line.firstMatch(of: /^  - id: ([a-z0-9_-]+)/) { device = String(match.1) }
            if let match = line.firstMatch(of: /^      - (?:{id: )?([a-z0-9_]+)/) {
                found.insert("\(device).\(match.1)")
            }
            if let match = line.firstMatch(of: /^    points: \[(.*)\]/) {
                for item in match.1.split(separator: ",") {
                    if let name = item.firstMatch(of: /^\s*(?:{id: )?([a-z0-9_]+)}?$/) {
                        found.insert("\(device).\(name.1)")
                    }
                }
            }
        }
        return found
    }
}
