import BoardConfig
import BusPlanning
import Foundation
import GatewayModel
import Testing

/// Every template of BoardConfigs, as a station uses it: loaded by the reader of configs and planned.
@Suite struct TemplatePlanTests {
    static let templates = TemplateShelf(directories: [ExampleTests.boardConfigs.path]).all().templates

    private static func address(_ template: DeviceTemplate) -> String {
        switch template.proto {
        case "dlt645-2007": "\"112233445566\""
        case "cjt188": "\"00000040314132\""
        case "mbus": "\"06855817\""
        default: "7"
        }
    }

    private static func config(_ template: DeviceTemplate, points: [String]?) -> String {
        let list = points.map { ", points: [\($0.joined(separator: ", "))]" } ?? ""
        return """
            schema: 1
            gateway: {id: hs-1}
            buses: [{id: m, port: /dev/ttyS1}]
            devices:
              - {id: d, bus: m, address: \(address(template)), baud: 2400, format: 8E1, template: \(template.name)\(list)}
            uplinks: [{id: u, profile: batch, mqtt: {host: 10.0.0.1}}]
            """
    }

    @Test func thereAreAllFamilies() {
        #expect(Self.templates.count == 49)
        let protocols = Dictionary(grouping: Self.templates, by: \.proto).mapValues(\.count)
        #expect(protocols == ["modbus-rtu": 44, "dlt645-2007": 1, "cjt188": 2, "mbus": 2])
    }

    @Test("A device of the template is loaded and its points are planned", arguments: templates.map(\.name))
    func everyReadablePointIsAskedForOnce(name: String) throws {
        let template = try #require(Self.templates.first { $0.name == name })
        let readable = template.points.filter { $0.access == .readable }.map(\.id)
        for points in template.defaultPoints.isEmpty ? [readable] : [nil, readable] {
            let result = BoardConfigReader.read(
                bytes: Array(Self.config(template, points: points).utf8), file: "f",
                libraryDirectories: [ExampleTests.boardConfigs.path])
            #expect(result.errors == [])
            let configuration = try #require(result.configuration)
            try plan(configuration, expected: points ?? template.defaultPoints.map(\.id))
        }
    }

    private func plan(_ configuration: GatewayConfiguration, expected: [String]) throws {
        #expect(configuration.points.map(\.id).sorted() == expected.sorted())
        let device = try #require(configuration.devices.first)
        #expect(device.format ?? SerialFormat() == SerialFormat(baud: 2400, parity: .even))
        let line = LineCost(try #require(configuration.buses.first).connection)
        let planner = RequestPlanner(line: line, maxRegisters: device.maxRegisters, maxBits: device.maxBits)
        let spans = configuration.points.map { PointSpan($0) }
        let plan = planner.plan(spans, device: DeviceTiming(turnaround: device.typicalTurnaround))
        #expect(plan.flatMap(\.points).sorted() == Array(configuration.points.indices))
        for request in plan where request.points.count > 1 {
            #expect(request.count <= (request.table.holdsBits ? device.maxBits : device.maxRegisters))
        }
        for request in plan {
            for point in request.points { #expect(request.addresses.contains(spans[point].addresses.lowerBound)) }
        }
        guard !device.address.isModbus else { return }
        // One request a question, whatever its points.
        let questions = Set(
            configuration.points.compactMap { point -> MeterQuestion? in
                if case .meter(let source) = point.source { source.question } else { nil }
            })
        #expect(plan.count == questions.count)
        #expect(device.identity != nil || configuration.devices.first?.template?.hasPrefix("mbus") == false)
    }
}
