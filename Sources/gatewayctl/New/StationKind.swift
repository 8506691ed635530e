import ArgumentParser

/// What kind of station a new config is for: which lines and devices such a one mostly has.
enum StationKind: String, CaseIterable, ExpressibleByArgument {
    case heatSubstation = "heat-substation"
    case pumpStation = "pump-station"
    case drainage, gas, indoor, power

    var title: String {
        switch self {
        case .heatSubstation: "heat substation"
        case .pumpStation: "water pump station"
        case .drainage: "drainage lift station"
        case .gas: "gas pressure-regulating station"
        case .indoor: "indoor temperatures and pressures at a pipe's end"
        case .power: "power distribution room"
        }
    }

    var chineseTitle: String {
        switch self {
        case .heatSubstation: "换热站"
        case .pumpStation: "水泵站"
        case .drainage: "排水泵站"
        case .gas: "燃气调压站"
        case .indoor: "末端测点"
        case .power: "配电室"
        }
    }

    /// The station of BoardConfigs/stations, and its scenario.
    var example: String {
        switch self {
        case .heatSubstation: "heat-substation"
        case .pumpStation: "water-pump-station"
        case .drainage: "drainage-lift-station"
        case .gas: "gas-regulating-station"
        case .indoor: "indoor-temperature-site"
        case .power: "power-distribution-room"
        }
    }

    /// The lines that such a station has when nothing is known of its devices.
    var buses: [NewBus] {
        let names: [(String, String)] =
            switch self {
            case .heatSubstation: [("meters", "9600 8N1"), ("drives", "19200 8E1")]
            case .pumpStation: [("pumps", "19200 8E1"), ("meters", "9600 8N1")]
            case .drainage: [("field", "9600 8N1"), ("drives", "19200 8E1")]
            case .gas: [("instruments", "9600 8N1")]
            case .indoor: [("sensors", "9600 8N1")]
            case .power: [("feeders", "9600 8N1"), ("incomer", "19200 8E1")]
            }
        return names.map { NewBus(id: $0.0, place: nil, settings: $0.1) }
    }

    /// Devices that stand in many of them, as `--device` takes them.
    var usual: [String] {
        switch self {
        case .heatSubstation:
            [
                "heat-meter=tuf-2000m@meters:12", "analog=waveshare-ai-8ch@meters:3",
                "energy-meter=chint-dtsu666@meters:4",
                "circulation-pump-1=abb-acs580@drives:1",
            ]
        case .pumpStation:
            [
                "pump-1=grundfos-cim200@pumps:1", "analog=waveshare-ai-8ch@meters:3",
                "energy-meter=eastron-sdm630@meters:10",
            ]
        case .drainage:
            ["road=level-cm-generic@field:2", "contacts=waveshare-relay-8ch@field:8", "pump-1=invt-goodrive@drives:1"]
        case .gas: ["analog=waveshare-ai-8ch@instruments:3", "contacts=waveshare-relay-8ch@instruments:8"]
        case .indoor: ["pipe-end=keller-30x@sensors:1", "room-101=xy-md02@sensors:11"]
        case .power:
            [
                "feeder-1=chint-dtsu666@feeders:1", "utility-meter=dlt645-2007-meter@feeders:000000123456",
                "main=schneider-pm5000@incomer:1",
            ]
        }
    }

    /// Alarms that such a station mostly wants, over names that only its installer knows.
    var alarms: [String] {
        switch self {
        case .heatSubstation:
            [
                "{id: return-pressure-low, when: analog.p2_return < 0.15, for: 10s, clear: analog.p2_return > 0.2, severity: major}"
            ]
        case .pumpStation:
            [
                "{id: outlet-low, when: analog.outlet_pressure < 0.2, for: 10s, clear: analog.outlet_pressure > 0.25, severity: major}"
            ]
        case .drainage:
            ["{id: waterlogging-1, when: road.level >= 15, for: 5s, clear: road.level < 10, severity: warning}"]
        case .gas:
            [
                "{id: outlet-high, when: analog.outlet_pressure > 3.2, for: 2s, clear: analog.outlet_pressure < 3, severity: critical}"
            ]
        case .indoor:
            [
                "{id: room-101-cold, when: room-101.temperature < 18, for: 30m, clear: room-101.temperature > 18.5, severity: minor}"
            ]
        case .power:
            [
                "{id: phase-lost, when: main.voltage_l1_n < 160, for: 3s, clear: main.voltage_l1_n > 195, severity: critical}"
            ]
        }
    }
}
