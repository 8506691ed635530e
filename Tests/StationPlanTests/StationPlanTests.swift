import BoardConfig
import GatewayModel
import Testing

@testable import StationPlan

/// A config from its YAML; no templates.
private func configuration(
    devices: String, baud: Int = 9_600, timeout: String = "200ms", store: String = "{}", profile: String = "batch"
) throws -> GatewayConfiguration {
    let text = """
        schema: 1
        gateway: {id: plan-1}
        board: {name: x, ports: {a: /dev/ttyS1}}
        buses: [{id: line, port: a, baud: \(baud), response_timeout: \(timeout)}]
        devices:
        \(devices)
        store: \(store)
        uplinks: [{id: city, profile: \(profile), mqtt: {host: h, port: 1883}}]
        """
    let result = BoardConfigReader.read(bytes: Array(text.utf8), file: "plan.yaml", libraryDirectories: [])
    for problem in result.errors { Issue.record("\(problem)") }
    return try #require(result.configuration)
}

private func device(_ id: String, address: Int, points: Int, period: String, type: String = "uint16") -> String {
    let list = (0..<points).map {
        "      - {id: p\($0), table: holding, address: \($0 * 2), type: \(type), period: \(period)}"
    }
    return "  - id: \(id)\n    bus: line\n    address: \(address)\n    points:\n" + list.joined(separator: "\n")
}

@Suite struct StationPlanTests {
    /// 8 characters of request, 5 and 2 x 39 of answer, 3.5 of silence, 20 ms of the device, 0.25 ms of the agent.
    @Test func aPassCostsWhatItsCharactersAndSilencesTake() throws {
        let plan = StationPlan(try configuration(devices: device("meter", address: 1, points: 20, period: "1s")))
        let bus = try #require(plan.buses.first)
        let characters = Nanoseconds(94.5 * 10 / 9_600 * 1e9)
        #expect(bus.requests == 1)
        #expect(abs(bus.cycle - characters - .microseconds(20_250)) < 1_000)
        #expect(abs(bus.totalLoad - Double(bus.cycle - .microseconds(250)) / 1e9) < 1e-6)
        #expect(bus.slowest?.interval == .seconds(1))
        #expect(abs(bus.readingsPerSecond - 20) < 0.4)
        #expect(abs(bus.requestsPerSecond - 1) < 0.02)
        #expect(bus.dropped == 0)
    }

    @Test func measuredTurnaroundsTakeTheTemplatesPlace() throws {
        let config = try configuration(devices: device("meter", address: 1, points: 3, period: "1s"))
        let slow = StationPlan(config, measured: MeasuredDevices(turnarounds: ["meter": .milliseconds(120)]))
        let difference = try #require(slow.buses.first).cycle - #require(StationPlan(config).buses.first).cycle
        #expect(difference == .milliseconds(100))
    }

    @Test func anOverloadedLineSaysWhatItDropsAndWhichPointWaitsLongest() throws {
        let devices = (1...10).map { device("d\($0)", address: $0, points: 30, period: "500ms", type: "uint32") }
        let config = try configuration(devices: devices.joined(separator: "\n"), baud: 4_800)
        let bus = try #require(StationPlan(config).buses.first)
        #expect(bus.totalLoad > 3)
        #expect(bus.dropped > 0.5)
        #expect(try #require(bus.slowest).interval > .seconds(2))
        #expect(bus.taken > 0.99)
    }

    @Test func continuousPointsTakeTheRestOfTheLine() throws {
        let devices =
            device("a", address: 1, points: 5, period: "continuous") + "\n"
            + device("b", address: 2, points: 5, period: "1s")
        let bus = try #require(StationPlan(try configuration(devices: devices)).buses.first)
        let cycle = try #require(bus.continuousCycle)
        #expect(bus.taken > 0.99)
        #expect(try #require(bus.slowest).interval <= 2 * cycle)
    }

    @Test(arguments: [10, 60]) func aBatchIsMadeOnceInEachSeal(seconds: Int) throws {
        let config = try configuration(
            devices: device("meter", address: 1, points: 20, period: "2s"), store: "{seal: \(seconds)s}")
        let plan = StationPlan(config)
        #expect(abs(plan.store.batchesPerDay - 86_400 / Double(seconds)) < 1_000)
        let receiver = try #require(plan.receivers.first)
        #expect(abs(receiver.readingsPerDay - 864_000) < 50_000)
        #expect(receiver.payloadPerReading < 12)
    }

    @Test func aLargerStoreBridgesLonger_butNeverLongerThanItsAge() throws {
        let devices = device("meter", address: 1, points: 60, period: "1s", type: "float32")
        let small = StationPlan(try configuration(devices: devices, store: "{size: 8MiB}")).store.bridges
        let large = StationPlan(try configuration(devices: devices, store: "{size: 32MiB}")).store.bridges
        #expect(abs(large - 4 * small) < small / 10)
        #expect(
            StationPlan(try configuration(devices: devices, store: "{size: 32GiB, age: 30d}")).store.bridges
                == .seconds(30 * 86_400))
    }

    @Test func jsonTakesManyTimesTheVolumeOfBatch() throws {
        let devices = device("meter", address: 1, points: 20, period: "5s")
        let batch = try #require(StationPlan(try configuration(devices: devices)).receivers.first)
        let json = try #require(StationPlan(try configuration(devices: devices, profile: "json")).receivers.first)
        #expect(json.payloadPerReading > 10 * batch.payloadPerReading)
    }

    @Test func theSameConfigGivesTheSamePlan() throws {
        let config = try configuration(devices: device("meter", address: 1, points: 20, period: "5s", type: "float32"))
        let (a, b) = (StationPlan(config), StationPlan(config))
        #expect(a.buses == b.buses && a.receivers == b.receivers && a.store == b.store)
    }
}

@Suite struct PlanAdviceTests {
    @Test func aQuietStationGetsNone() throws {
        let config = try configuration(devices: device("meter", address: 1, points: 20, period: "10s"))
        #expect(PlanAdvice.all(of: config).isEmpty)
    }

    @Test func aLineAboveSeventyPercentIsNamed() throws {
        let devices = (1...8).map { device("d\($0)", address: $0, points: 10, period: "500ms") }
        let advice = PlanAdvice.all(of: try configuration(devices: devices.joined(separator: "\n")))
        #expect(advice.map(\.subject) == [.bus("line")])
        #expect(advice.first?.message.contains("cannot keep the periods") == true)
    }

    @Test func aTimeoutLongerThanThePeriodIsNamed() throws {
        let config = try configuration(
            devices: device("meter", address: 1, points: 1, period: "500ms"), timeout: "800ms")
        let advice = PlanAdvice.all(of: config)
        #expect(advice.map(\.subject) == [.device("meter")])
        #expect(advice.first?.message.contains("response_timeout 800 ms of device meter") == true)
    }

    @Test func aSpeedThatNoMeterOfTheProtocolHasIsNamed() throws {
        var config = try configuration(devices: device("x", address: 1, points: 1, period: "60s"), baud: 38_400)
        config.devices[0].address = .dlt645(MeterNumber(wireBytes: [1, 0, 0, 0, 0, 0]))
        #expect(PlanAdvice.all(of: config).map(\.subject) == [.device("x")])
    }

    @Test func aStoreThatIsFullBeforeAWeekIsOverIsNamed() throws {
        let devices = device("meter", address: 1, points: 50, period: "1s", type: "float32")
        let advice = PlanAdvice.all(of: try configuration(devices: devices, baud: 115_200, store: "{size: 2MiB}"))
        #expect(advice.map(\.subject) == [.store])
    }

    @Test(arguments: [
        (Nanoseconds.milliseconds(250), "250 ms"), (.seconds(10), "10 s"), (.milliseconds(3_540), "3.5 s"),
        (.seconds(5_400), "90 min"), (.seconds(86_400), "24 h"), (.seconds(90 * 86_400), "90 d"),
    ]) func spansReadWell(span: Nanoseconds, text: String) {
        #expect(PlanAdvice.text(span) == text)
    }
}
