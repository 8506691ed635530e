import BoardConfig
import Foundation
import GatewayModel
import Testing

@testable import gatewayctl

@Suite struct NewTests {
    private func station(_ kind: StationKind, devices: [String] = [], buses: [String] = []) -> NewStation {
        var station = NewStation(kind: kind, id: "\(kind.rawValue)-7")
        station.templates = Dictionary(Shipped.templates.map { ($0.name, $0) }) { first, _ in first }
        station.devices = devices.compactMap(NewDevice.init(argument:))
        station.buses = buses.compactMap(NewBus.init(argument:))
        return station
    }

    private func withBoard(_ station: NewStation) throws -> NewStation {
        var station = station
        station.board = "rk3568"
        station.ports = try #require(
            TemplateShelf(directories: Shipped.libraries).boards().first { $0.name == "rk3568" }
        ).ports
        return station
    }

    /// Warnings of an unfinished config are none of its faults.
    private func complaints(_ text: String) -> [String] {
        Shipped.read(Array(text.utf8)).problems.map(\.message).filter {
            !$0.hasPrefix("no device on bus") && !$0.contains("is not there on this machine")
        }
    }

    @Test("Every kind gives a config without devices that passes the check", arguments: StationKind.allCases)
    func everyKindPasses(kind: StationKind) throws {
        #expect(complaints(station(kind).text) == [])
        #expect(complaints(try withBoard(station(kind)).text) == [])
    }

    @Test("The usual devices of every kind pass too, once they are no comments", arguments: StationKind.allCases)
    func usualDevicesPass(kind: StationKind) throws {
        let whole = station(kind, devices: kind.usual)
        #expect(complaints(whole.text) == [])
        #expect(Shipped.read(Array(whole.text.utf8)).configuration?.devices.count == kind.usual.count)
    }

    @Test func aHeatSubstationByArguments() throws {
        var made = try withBoard(
            station(
                .heatSubstation,
                devices: [
                    "heat-meter=tuf-2000m@meters:12", "e-meter=dlt645-2007-meter@meters:000000000161",
                    "pump-1=abb-acs580@drives:1", "tank=level-cm-generic@plc:1",
                ], buses: ["meters=rs485-2", "plc=192.168.1.20:502"]))
        made.name = "换热站 7"
        made.broker = NewBroker(argument: "mqtt.city.example:8884")
        made.schema = "/usr/share/district-gateway/board-config.schema.json"
        #expect(complaints(made.text) == [])
        #expect(try made.text == Shipped.golden("new-heat-substation.yaml", made.text))
    }

    @Test func aPowerRoomByWhatASearchFound() throws {
        let found = """
            modbus:1  9600 8N1  18 ms  looks like chint-dtsu666 (6 register runs answer)
            modbus:4  9600 8N1  21 ms  may be eastron-sdm630 (2: few; look at its label)
            modbus:9  9600 8N1  7 ms  (has no register 0)
            dlt645:000000123456  2400 8E1  95 ms
            cjt188:32:00000040314132  2400 8E1  90 ms
            nobody else
            """
        var made = station(.power, buses: ["feeders=/dev/ttyS1"])
        made.add(ScanList.findings(found), bus: "feeders")
        #expect(complaints(made.text) == [])
        #expect(try made.text == Shipped.golden("new-power-scan.yaml", made.text))
    }

    @Test("The station that ships of every kind passes under another id", arguments: StationKind.allCases)
    func examplesPass(kind: StationKind) throws {
        let file = String(decoding: try Shipped.bytes("stations/\(kind.example).yaml"), as: UTF8.self)
        let text = try #require(
            ExampleStation.text(file, id: "try-1", name: "x", broker: NewBroker(argument: "10.0.0.1:1884"), schema: nil)
        )
        let configuration = try #require(Shipped.read(Array(text.utf8)).configuration)
        #expect(configuration.gatewayID == "try-1")
        #expect(configuration.uplinks.allSatisfy { $0.mqtt.host == "10.0.0.1" && $0.mqtt.port == 1884 })
    }

    @Test func whatItSaysWhenItIsDone() throws {
        for (name, isExample) in [("new-next.txt", false), ("new-next-example.txt", true)] {
            let made = station(.heatSubstation)
            let configuration = try #require(Shipped.read(Array(made.text.utf8)).configuration)
            let text = NextSteps(station: made, configuration: configuration, path: "hs-7.yaml", isExample: isExample)
                .text
            #expect(try text == Shipped.golden(name, text))
        }
    }

    @Test func argumentsAreReadOrRefused() {
        #expect(NewDevice(argument: "a=b@c:12")?.address == "12")
        #expect(NewDevice(argument: "a=b@c:06855817.KAM.08.04")?.address == "06855817.KAM.08.04")
        for wrong in ["", "a", "a=b", "a=b@c", "a=b@:1", "=b@c:1", "a=@c:1", "a=b@c:", "b@c:1=a"] {
            #expect(NewDevice(argument: wrong) == nil, "\(wrong)")
        }
        #expect(NewBus(argument: "m=rs485-2,19200 8E1") == NewBus(id: "m", place: "rs485-2", settings: "19200 8E1"))
        #expect(NewBus(argument: "plc=10.0.0.2:502")?.isTCP == true)
        #expect(NewBus(argument: "m=") == nil && NewBus(argument: "m=x,19200") == nil && NewBus(argument: "") == nil)
        #expect(NewBroker(argument: "h")?.port == nil && NewBroker(argument: "h:1")?.port == 1)
        for wrong in ["", ":1", "h:", "h:0", "h:70000", "h:1:2"] {
            #expect(NewBroker(argument: wrong) == nil, "\(wrong)")
        }
        #expect(NewStation.isID("hs-017") && !NewStation.isID("HS") && !NewStation.isID("-a") && !NewStation.isID(""))
    }
}
