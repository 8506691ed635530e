import BoardConfig
import Foundation
import GatewayModel
import Testing

@Suite struct DefaultsTests {
    @Test func theTableOfTheReadmeSaysWhatTheCodeDoes() throws {
        let file = ExampleTests.boardConfigs.appendingPathComponent("README.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let section = try #require(text.components(separatedBy: "\n## ").first { $0.hasPrefix("Defaults\n") })
        let rows = section.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst(2)
        #expect(rows.map(String.init) == Defaults.rows.map { "| `\($0.key)` | \($0.value) |" })
    }

    @Test func whatIsNotGivenHasItsDefault() throws {
        let text = """
            schema: 1
            gateway: {id: hs-1}
            buses: [{id: m, port: /dev/ttyS1}, {id: t, tcp: plc}]
            devices:
              - {id: a, bus: m, address: 1, points: [{id: x, table: holding, address: 0, type: uint16}]}
              - {id: b, bus: t, address: 2, points: [{id: x, table: coil, address: 0}]}
            uplinks:
              - {id: city, profile: batch, mqtt: {host: broker, tls: {ca: /etc/passwd}}}
              - {id: company, profile: json, mqtt: {host: broker}}
            """
        let configuration = try #require(ConfigText.read(text).configuration)
        #expect(configuration.name == "")
        #expect(configuration.timezone == Defaults.timezone)
        #expect(configuration.board == BoardDescription(name: Defaults.board, hasBatteryClock: false))
        #expect(
            configuration.buses == [
                BusConfiguration(
                    id: "m",
                    connection: .serial(
                        path: "/dev/ttyS1",
                        format: SerialFormat(baud: Defaults.baud, dataBits: 8, parity: .none, stopBits: 1)),
                    responseTimeout: Defaults.responseTimeout),
                BusConfiguration(
                    id: "t", connection: .modbusTCP(host: "plc", port: Defaults.tcpPort),
                    responseTimeout: Defaults.responseTimeout),
            ])
        let device = DeviceConfiguration(
            id: "a", bus: "m", unit: 1, template: nil, maxRegisters: Defaults.maxRegisters, maxBits: Defaults.maxBits,
            guardTime: Defaults.guardTime, responseTimeout: nil, retries: Defaults.retries,
            typicalTurnaround: Defaults.typicalTurnaround, points: 0..<1)
        #expect(configuration.devices.first == device)
        #expect(
            configuration.points.first
                == PointDefinition(
                    index: 0, device: "a", id: "x", unit: "",
                    source: .register(
                        table: .holding, address: 0, type: .uint16, count: 1, wordOrder: Defaults.order,
                        byteOrder: Defaults.order),
                    scaling: .linear(scale: Defaults.scale, offset: Defaults.offset), kind: Defaults.kind,
                    period: .every(Defaults.period), priority: Defaults.priority, deadBand: nil,
                    maxSilence: Defaults.maxSilence, resolution: nil))
        #expect(
            configuration.store
                == StoreConfiguration(size: Defaults.storeSize, age: Defaults.storeAge, seal: Defaults.storeSeal))
        let city = try #require(configuration.uplinks.first)
        #expect(city.must == Defaults.must)
        #expect(city.acknowledgement == Defaults.acknowledgement)
        #expect(city.filter == .all)
        #expect(city.mqtt.port == Defaults.mqttTLSPort)
        #expect(city.mqtt.version == Defaults.mqttVersion)
        #expect(city.mqtt.prefix == Defaults.prefix)
        #expect(city.mqtt.clientID == nil)
        #expect(configuration.uplinks.last?.mqtt.port == Defaults.mqttPort)
        #expect(configuration.uplinks.last?.mqtt.tls == nil)
    }

    @Test func theModelsOwnDefaultsAreTheSame() {
        #expect(
            StoreConfiguration()
                == StoreConfiguration(size: Defaults.storeSize, age: Defaults.storeAge, seal: Defaults.storeSeal))
        #expect(SerialFormat().text == "\(Defaults.baud) \(Defaults.format)")
    }
}
