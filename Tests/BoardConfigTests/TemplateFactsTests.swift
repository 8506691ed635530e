import BoardConfig
import Foundation
import GatewayModel
import Testing

/// The templates against facts written down a second time, by hand, from the makers' tables.
@Suite struct TemplateFactsTests {
    struct Fact: Sendable, CustomTestStringConvertible {
        var template: String
        var point: String
        var table: RegisterTable
        var address: UInt16
        var type: RegisterType
        var order = ByteOrder.big
        /// As written: `0.1`, or `0.01-273.15` with an offset.
        var scaling = "1"
        var unit = ""
        var testDescription: String { "\(template).\(point)" }
    }

    static let templates: [DeviceTemplate] = TemplateShelf(directories: [ExampleTests.boardConfigs.path]).all()
        .templates

    static let facts: [Fact] = [
        .init(
            template: "tuf-2000m", point: "flow_rate", table: .holding, address: 0, type: .float32, order: .little,
            unit: "m3/h"),
        .init(
            template: "tuf-2000m", point: "t2_return", table: .holding, address: 34, type: .float32, order: .little,
            unit: "C"),
        .init(template: "tuf-2000m", point: "error_bits", table: .holding, address: 71, type: .uint16),
        .init(
            template: "tuf-2000m", point: "positive_total_f", table: .holding, address: 114, type: .float32,
            order: .little, unit: "m3"),
        .init(
            template: "tuf-2000m", point: "positive_total", table: .holding, address: 8, type: .int32, order: .little),
        .init(template: "eastron-sdm630", point: "voltage_l1", table: .input, address: 0, type: .float32, unit: "V"),
        .init(template: "eastron-sdm630", point: "frequency", table: .input, address: 70, type: .float32, unit: "Hz"),
        .init(
            template: "eastron-sdm630", point: "import_active_energy", table: .input, address: 72, type: .float32,
            unit: "kWh"),
        .init(
            template: "eastron-sdm630", point: "total_active_energy", table: .input, address: 0x156, type: .float32,
            unit: "kWh"),
        .init(
            template: "chint-dtsu666", point: "voltage_a", table: .holding, address: 0x2006, type: .float32,
            scaling: "0.1", unit: "V"),
        .init(
            template: "chint-dtsu666", point: "current_a", table: .holding, address: 0x200C, type: .float32,
            scaling: "0.001", unit: "A"),
        .init(
            template: "chint-dtsu666", point: "active_power_total", table: .holding, address: 0x2012, type: .float32,
            scaling: "0.1", unit: "W"),
        .init(
            template: "chint-dtsu666", point: "frequency", table: .holding, address: 0x2044, type: .float32,
            scaling: "0.01", unit: "Hz"),
        .init(
            template: "chint-dtsu666", point: "import_active_energy", table: .holding, address: 0x101E, type: .float32,
            unit: "kWh"),
        .init(template: "abb-acs580", point: "status_word", table: .holding, address: 3, type: .uint16),
        .init(template: "abb-acs580", point: "tripped", table: .holding, address: 3, type: .bit),
        .init(template: "abb-acs580", point: "actual_1", table: .holding, address: 4, type: .int16),
        .init(template: "waveshare-ai-8ch", point: "ai1", table: .input, address: 0, type: .uint16),
        .init(template: "waveshare-ai-8ch", point: "ai8", table: .input, address: 7, type: .uint16),
        .init(template: "waveshare-ai-8ch", point: "ai1_range", table: .holding, address: 0x1000, type: .uint16),
        .init(
            template: "xy-md02", point: "temperature", table: .input, address: 1, type: .int16, scaling: "0.1",
            unit: "C"),
        .init(
            template: "xy-md02", point: "humidity", table: .input, address: 2, type: .uint16, scaling: "0.1", unit: "%"),
        .init(template: "diehl-sharky-775", point: "energy", table: .holding, address: 0, type: .uint32),
        .init(template: "diehl-sharky-775", point: "power_f", table: .holding, address: 28, type: .float32),
        .init(
            template: "diehl-sharky-775", point: "supply_temperature_f", table: .holding, address: 46, type: .float32,
            unit: "C"),
        .init(template: "diehl-sharky-775", point: "error_code", table: .holding, address: 164, type: .uint16),
        .init(
            template: "grundfos-cim200", point: "head", table: .holding, address: 300, type: .uint16, scaling: "0.001",
            unit: "bar"),
        .init(
            template: "grundfos-cim200", point: "flow", table: .holding, address: 301, type: .uint16, scaling: "0.1",
            unit: "m3/h"),
        .init(template: "grundfos-cim200", point: "power", table: .holding, address: 311, type: .uint32, unit: "W"),
        .init(
            template: "abb-b23", point: "voltage_l1", table: .holding, address: 0x5B00, type: .uint32, scaling: "0.1",
            unit: "V"),
        .init(
            template: "acrel-dtsd1352", point: "active_power_total", table: .holding, address: 0x016A, type: .int32,
            scaling: "0.001", unit: "kW"),
        .init(
            template: "schneider-iem3000", point: "import_active_energy", table: .holding, address: 3203, type: .int64,
            unit: "Wh"),
        .init(
            template: "danfoss-fc51", point: "output_frequency", table: .holding, address: 16_129, type: .uint16,
            scaling: "0.1", unit: "Hz"),
        .init(
            template: "keller-30x", point: "p1_i32", table: .holding, address: 34, type: .int32, scaling: "0.00001",
            unit: "bar"),
        .init(
            template: "pzem-016", point: "current", table: .input, address: 1, type: .uint32, order: .little,
            scaling: "0.001", unit: "A"),
        .init(
            template: "ptech-pid", point: "pressure", table: .holding, address: 1099, type: .float32, order: .little,
            unit: "bar"),
        .init(
            template: "siemens-v20", point: "output_frequency", table: .holding, address: 23, type: .int16,
            scaling: "0.01", unit: "Hz"),
        .init(
            template: "grundfos-cim200", point: "liquid_temperature", table: .holding, address: 321, type: .uint16,
            scaling: "0.01-273.15", unit: "C"),
    ]

    @Test("A template says what the maker's table says", arguments: facts)
    func pointMatchesTheTable(fact: Fact) throws {
        let template = try #require(Self.templates.first { $0.name == fact.template })
        let point = try #require(template.points.first { $0.id == fact.point }).definition
        #expect(point.source.register?.table == fact.table)
        #expect(point.source.register?.address == fact.address)
        #expect(point.source.type == fact.type)
        #expect(point.source.register?.wordOrder == fact.order)
        #expect(point.unit == fact.unit)
        let parts = fact.scaling.split(separator: "-")
        let scale = try #require(DecimalNumber(parts[0]))
        let offset = parts.count > 1 ? try #require(DecimalNumber(parts[1])).negated : .zero
        #expect(point.scaling == .linear(scale: scale, offset: offset))
    }

    /// Nothing of these is certain enough to be read unasked: their addresses or their whole layout are in doubt.
    private static let doubtfulThroughout = ["2flow-mag11", "aquametro-calec-st"]

    @Test func everyTemplateSaysWhereItsFactsComeFrom() {
        for template in Self.templates {
            #expect(!template.sources.isEmpty, "\(template.name)")
            #expect(!template.vendor.isEmpty, "\(template.name)")
            #expect(!template.serial.isEmpty, "\(template.name)")
            #expect(
                template.defaultPoints.isEmpty == Self.doubtfulThroughout.contains(template.name), "\(template.name)")
        }
        #expect(Self.templates.first { $0.name == "diehl-sharky-775" }?.verification == .oneSource)
    }

    @Test func noDoubtfulOrWritablePointIsReadByDefault() {
        for template in Self.templates {
            #expect(template.defaultPoints.allSatisfy { $0.isReadable && $0.doubt == nil }, "\(template.name)")
        }
    }

    @Test func whatMayMoveAMotorIsNeverReadable() throws {
        let drive = try #require(Self.templates.first { $0.name == "abb-acs580" })
        #expect(drive.points.filter { !$0.isReadable }.map(\.id) == ["control_word", "reference_1", "reference_2"])
        let clamp = try #require(Self.templates.first { $0.name == "tuf-2000m" })
        #expect(clamp.points.filter { !$0.isReadable }.map(\.id) == ["modbus_address", "key_input", "go_to_window"])
    }

    @Test func energyAndVolumeTotalsAreCounters() {
        for template in Self.templates {
            for point in template.points where point.definition.unit == "kWh" {
                #expect(point.definition.kind == .counter, "\(template.name).\(point.id)")
            }
        }
    }

    @Test func everyGrundfosPointKnowsItsNoValueMark() throws {
        let pump = try #require(Self.templates.first { $0.name == "grundfos-cim200" })
        for point in pump.points {
            let type = point.definition.source.type
            let mark = type == .uint32 ? DecimalNumber(0xFFFF_FFFF) : DecimalNumber(type == .int16 ? -1 : 0xFFFF)
            #expect(point.definition.noValue == [mark], "\(point.id)")
        }
    }

    @Test func theCurrentLoopIsPercentOfItsSpanAndKnowsABrokenWire() throws {
        let module = try #require(Self.templates.first { $0.name == "waveshare-ai-8ch" })
        let loop = try #require(module.points.first { $0.id == "ai3_loop" }).definition
        #expect(loop.source.register?.address == 2)
        #expect(loop.validRaw == DecimalNumber(3600)...DecimalNumber(21_000))
        let map = Scaling.map(
            rawLow: DecimalNumber(4000), rawHigh: DecimalNumber(20_000), low: .zero, high: DecimalNumber(100))
        #expect(loop.scaling == map)
    }
}
