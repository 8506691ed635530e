import BoardConfig
import GatewayModel
import Testing

@Suite struct PointRulesTests {
    private func point(_ text: String, device: String = "") throws -> PointDefinition {
        let result = ConfigText.readPoints(text, device: device)
        #expect(result.errors == [])
        return try #require(result.configuration?.points.first)
    }

    @Test func aPointInFullHasWhatItSaysAndDefaultsForTheRest() throws {
        let point = try point("{id: level, table: holding, address: 0x10, type: uint16}")
        #expect(
            point
                == PointDefinition(
                    index: 0, device: "d", id: "level",
                    source: .register(table: .holding, address: 16, type: .uint16, count: 1)))
    }

    @Test func everyKeyReachesTheModel() throws {
        let point = try point(
            """
            {id: a, table: input, address: 7, type: int32, scale: -0.05, offset: 1e-3, unit: MPa,
             valid: {raw: [-5, 5], value: [0, 1.5]}, no_value: [0x7FFFFFFF, -1], values: {0: off, -3: low},
             period: 250ms, priority: alarm, deadband: 0.1, max_silence: 1h, kind: counter, access: r,
             word_order: little, byte_order: little, resolution: 0.5}
            """)
        let expected = PointDefinition(
            index: 0, device: "d", id: "a", unit: "MPa",
            source: .register(
                table: .input, address: 7, type: .int32, count: 2, wordOrder: .little, byteOrder: .little),
            scaling: .linear(scale: try decimal("-0.05"), offset: try decimal("0.001")),
            validRaw: DecimalNumber(-5)...DecimalNumber(5), validValue: .zero...(try decimal("1.5")),
            noValue: [DecimalNumber(0x7FFF_FFFF), DecimalNumber(-1)], labels: [0: "off", -3: "low"], kind: .counter,
            period: .every(.milliseconds(250)), priority: .alarm, deadBand: try decimal("0.1"),
            maxSilence: .seconds(3600), resolution: try decimal("0.5"))
        #expect(point == expected)
    }

    @Test(arguments: [
        ("type: uint16", 1), ("type: float32", 2), ("type: uint64", 4), ("type: bcd32", 2),
        ("type: string, length: 20", 20), ("type: bit, bit: 15", 1),
    ])
    func aValueSpansItsRegisters(type: String, count: Int) throws {
        #expect(try point("{id: a, table: holding, address: 0, \(type)}").source.register?.count == count)
    }

    @Test func bitTablesHoldTruthValuesOfOneBit() throws {
        let source = try point("{id: a, table: coil, address: 65535}").source
        #expect(source.type == .bool)
        #expect(source.register?.count == 1)
    }

    @Test func aMarkWrittenAsABitPatternIsTheSignedNumber() throws {
        #expect(
            try point("{id: a, table: holding, address: 0, type: int16, no_value: 0xFFFF}").noValue
                == [DecimalNumber(-1)])
        #expect(
            try point("{id: a, table: holding, address: 0, type: uint16, no_value: 0xFFFF}").noValue
                == [DecimalNumber(65_535)])
    }

    @Test func theTemplateGivesWhatThePointLeavesOpen() throws {
        let point = try point("{id: supply, from: t1_supply, period: 5s}", device: "template: meter, ")
        #expect(point.id == "supply")
        #expect(point.period == .every(.seconds(5)))
        #expect(point.source == .register(table: .holding, address: 32, type: .int16, count: 1))
        #expect(point.scaling == .linear(scale: try decimal("0.1"), offset: .zero))
        #expect(point.validValue == DecimalNumber(-40)...DecimalNumber(200))
        #expect(point.noValue == [DecimalNumber(0x7FFF)])
        #expect(point.unit == "C")
    }

    @Test func aScalingOfItsOwnEndsTheTemplatesEngineeringLimits() throws {
        let mapped = try point(
            "{id: p, from: t1_supply, map: {raw: [4000, 20000], to: [0, 1.6]}, unit: MPa}", device: "template: meter, ")
        #expect(mapped.validValue == nil)
        #expect(mapped.unit == "MPa")
        #expect(
            mapped.scaling
                == .map(
                    rawLow: DecimalNumber(4000), rawHigh: DecimalNumber(20_000), low: .zero, high: try decimal("1.6")))
        let scaled = try point("{id: t1_supply, scale: 0.2}", device: "template: meter, ")
        #expect(scaled.scaling == .linear(scale: try decimal("0.2"), offset: .zero))
        #expect(scaled.validValue == nil)
    }

    @Test func theDeviceStandsBetweenPointAndTemplate() throws {
        let device = "template: meter, period: 30s, word_order: big, "
        #expect(try point("flow_rate", device: device).source.register?.wordOrder == .big)
        #expect(try point("flow_rate", device: device).period == .every(.seconds(30)))
        let own = try point("{id: flow_rate, period: 1s, word_order: little}", device: device)
        #expect(own.source.register?.wordOrder == .little)
        #expect(own.period == .every(.seconds(1)))
        #expect(try point("flow_rate", device: "template: meter, ").source.register?.wordOrder == .little)
    }

    @Test func withoutAListTheTemplatesDefaultPointsAreRead() throws {
        let text = ConfigText.head + "devices: [{id: d, bus: m, address: 1, template: meter}]" + ConfigText.tail
        let configuration = try #require(ConfigText.read(text).configuration)
        #expect(configuration.points.map(\.id) == ["flow_rate", "t1_supply"])
        let device = try #require(configuration.devices.first)
        #expect(device.maxRegisters == 20)
        #expect(device.maxBits == 320)
        #expect(device.guardTime == .milliseconds(5))
        #expect(device.typicalTurnaround == .milliseconds(12))
        #expect(device.template == "meter")
    }

    @Test func aTemplateWithoutDefaultsGivesAllReadablePoints() throws {
        let text = ConfigText.head + "devices: [{id: d, bus: m, address: 1, template: unsure}]" + ConfigText.tail
        #expect(ConfigText.read(text).configuration?.points.map(\.id) == ["level"])
    }

    @Test func aPointThatTheTemplateDoesNotKnowIsTakenInFull() throws {
        let point = try point("{id: own, table: coil, address: 3}", device: "template: meter, ")
        #expect(point.source.register?.table == .coil)
    }

    @Test func anOwnUnitOrScaleEndsTheWarningOfADoubtfulPoint() {
        let warnings = { ConfigText.readPoints($0, device: "template: meter, ").problems.map(\.message) }
        #expect(warnings("energy").count == 1)
        #expect(warnings("{id: energy, unit: MWh}") == [])
        #expect(warnings("{id: energy, scale: 10}") == [])
        #expect(warnings("volume") == [], "its unit is in a register, and applied")
    }

    private func decimal(_ text: String) throws -> DecimalNumber { try #require(DecimalNumber(text)) }

    @Test func aUnitInARegisterBecomesFactorsToThePointsUnit() throws {
        let point = try point("volume", device: "template: meter, ")
        let step = try decimal("0.001")
        #expect(
            point.adjustment
                == RegisterAdjustment(
                    unit: RegisterSource(table: .holding, address: 44, type: .uint16, count: 1),
                    factors: [0: .one, 1: try decimal("0.001")], step: step))
        #expect(point.valueType == .int64)
        // Asked for in litres, the factors are to litres.
        let litres = try self.point("{id: volume, unit: L, scale: 1}", device: "template: meter, ")
        #expect(litres.adjustment?.factors == [0: DecimalNumber(1_000), 1: .one])
    }
}

@Suite struct MeterPointTests {
    private func device(_ text: String) throws -> (DeviceConfiguration, [PointDefinition]) {
        let config = """
            schema: 1
            gateway: {id: hs-1}
            buses: [{id: m, port: /dev/ttyS1}]
            devices: [{id: d, bus: m, baud: 2400, format: 8E1, \(text)}]
            uplinks: [{id: u, profile: batch, mqtt: {host: 10.0.0.1}}]
            """
        let result = BoardConfigReader.read(bytes: Array(config.utf8), file: "f", libraryDirectories: [])
        #expect(result.errors == [])
        let configuration = try #require(result.configuration)
        let device = try #require(configuration.devices.first)
        return (device, configuration.points)
    }

    @Test func anElectricityMeterIsAskedByIdentifier() throws {
        let (device, points) = try device(
            """
            address: "000000000161", protocol: dlt645-2007, points: [
             {id: a, unit: V, di: "0201FF00", bytes: 2, scale: 0.1}, {id: e, di: "00010000", bytes: 4, scale: 0.01},
             {id: b, unit: V, di: "0201FF00", at: 2, bytes: 2, scale: 0.1}]
            """)
        let number = try #require(MeterNumber("000000000161", digits: 12))
        #expect(device.address == .dlt645(number))
        #expect(device.format == SerialFormat(baud: 2400, parity: .even))
        #expect(device.maxRegisters == 1)
        let field: (Int, Int) -> MeterField = { .bytes(MeterBytes(at: $0, count: $1, form: .decimal)) }
        #expect(
            points.map(\.source) == [
                .meter(MeterSource(question: .identifier(0x0201_FF00), field: field(0, 2), place: 0)),
                .meter(MeterSource(question: .identifier(0x0001_0000), field: field(0, 4), place: 1)),
                .meter(MeterSource(question: .identifier(0x0201_FF00), field: field(2, 2), place: 0)),
            ])
        #expect(points[0].scaling == .linear(scale: DecimalNumber(significand: 1, exponent: -1), offset: .zero))
    }

    @Test func aHeatMeterOfCJT188SaysItsUnit() throws {
        let (device, points) = try device(
            """
            address: "00000040314132", protocol: cjt188, meter_type: 0x20, points: [
             {id: heat, unit: GJ, di: "901F", at: 5, bytes: 4, unit_code: before, decimals: 2, answer: 46, scale: 1e-9}]
            """)
        let number = try #require(MeterNumber("00000040314132", digits: 14))
        #expect(device.address == .cjt188(type: 0x20, number, order: nil))
        let unit = try #require(MeterUnit("GJ"))
        let scale = MeterScale(unit: unit, step: DecimalNumber(significand: 1, exponent: -9))
        let field = MeterBytes(
            at: 5, count: 4, form: .decimal, unitCode: UnitCodeField(place: .before, decimals: 2, scale: scale),
            answerLength: 46)
        #expect(points.map(\.source) == [.meter(MeterSource(question: .identifier(0x901F), field: .bytes(field)))])
        #expect(points[0].valueType == .int64)
    }

    @Test func anMBusMeterIsCalledByEitherAddress() throws {
        let list = "points: [{id: t, record: date_time}, {id: x, record: \"04 FD 17\"}]"
        #expect(try device("address: 17, protocol: mbus, \(list)").0.address == .mbusPrimary(17))
        let (device, points) = try device("address: \"06855817.KAM.*.04\", protocol: mbus, \(list)")
        let secondary = try #require(MBusSecondaryAddress("06855817.KAM.*.04"))
        #expect(device.address == .mbusSecondary(secondary))
        #expect(device.address.text == "06855817.KAM.*.04")
        #expect(points.map(\.valueType) == [.string, .int64])
        #expect(
            points[1].source
                == .meter(
                    MeterSource(question: .telegrams, field: .record(MeterRecord(.codes([0x04, 0xFD, 0x17]))))))
    }
}
