import GatewayModel
import Testing

@testable import FieldBus

@Suite struct MBusTests {
    @Test func thereAreAsManyVectorsAsEver() { #expect(Vectors.all("mbus").count == 32) }

    @Test("A telegram says what the vector decodes to", arguments: Vectors.all("mbus"))
    func telegramIsDecoded(vector: Vectors.Vector) throws {
        guard let bytes = vector.responseBytes, bytes.count > 1 else { return }
        let frame = try MBusFrame.parse(bytes)
        #expect(frame.bytes == bytes)
        guard case .long(let control, let address, let information, let data) = frame else {
            Issue.record("no long frame")
            return
        }
        #expect(Vectors.hex([control]) == vector.decoded["C"]?.text)
        #expect("\(address)" == vector.decoded["A"]?.text)
        let telegram = try #require(MBusTelegram(information: information, data: data))
        #expect(!telegram.isCut)
        #expect(telegram.number.description == vector.decoded["id"]?.text)
        #expect("\(telegram.access)" == vector.decoded["access"]?.text)
        #expect(Vectors.hex([telegram.status.rawValue]) == vector.decoded["status"]?.text)
        #expect(
            MBusAnswer(frame, to: .readData(address: address, toggle: false)) == .telegram(telegram))
        if information == 0x73 {
            try checkFixed(telegram, vector)
            return
        }
        #expect(telegram.maker?.description == vector.decoded["manufacturer"]?.text)
        #expect(telegram.version.map { "\($0)" } == vector.decoded["version"]?.text)
        #expect(telegram.medium.map { Vectors.hex([$0]) } == vector.decoded["medium"]?.text)
        guard case .list(let records)? = vector.decoded["records"] else {
            Issue.record("the vector has no records")
            return
        }
        try #require(records.count == telegram.records.count)
        for (record, fact) in zip(telegram.records, records) {
            guard case .map(let facts) = fact else { continue }
            try check(record, facts)
        }
    }

    private func checkFixed(_ telegram: MBusTelegram, _ vector: Vectors.Vector) throws {
        guard case .list(let counters)? = vector.decoded["counters"], case .list(let units)? = vector.decoded["units"]
        else {
            Issue.record("no counters")
            return
        }
        #expect(telegram.records.map { Vectors.hex($0.valueInformation) } == units.map(\.text))
        #expect(
            telegram.records.map { record -> String? in
                guard case .integer(let raw) = record.value else { return nil }
                return "\(raw)"
            } == counters.map(\.text))
    }

    private static let quantities: [String: MBusQuantity] = [
        "energy": .energy, "volume": .volume, "power": .power, "volume_flow": .flow,
        "flow_temperature": .supplyTemperature, "return_temperature": .returnTemperature,
        "temperature_difference": .temperatureDifference, "on_time": .onTime, "operating_time": .operatingTime,
        "averaging_duration": .averagingTime, "actuality_duration": .actualityTime, "voltage": .voltage,
        "current": .current, "fabrication_no": .fabricationNumber, "date": .date, "datetime": .dateTime,
        "hca": .heatCostUnits, "ext_FD_0B": .parameterSet, "ext_FD_0C": .modelVersion, "ext_FD_0E": .firmwareVersion,
        "ext_FD_0F": .softwareVersion, "ext_FD_10": .customerLocation, "ext_FD_3A": .dimensionless, "vif_7B": .unknown,
    ]

    private func check(_ record: MBusRecord, _ facts: [String: Vectors.Fact]) throws {
        if let own = facts["manufacturer_data"]?.text {
            #expect(record.isMakersOwn)
            #expect(Vectors.hex(record.raw) == own)
            return
        }
        #expect(Vectors.hex(record.dataInformation) == facts["dif"]?.text)
        #expect(Vectors.hex(record.valueInformation) == facts["vif"]?.text)
        #expect("\(record.function)" == facts["function"]?.text?.replacing("error_state", with: "error"))
        #expect("\(record.storage)" == facts["storage"]?.text)
        #expect("\(record.tariff)" == facts["tariff"]?.text)
        #expect("\(record.subunit)" == facts["subunit"]?.text)
        let quantity = try #require(facts["quantity"]?.text)
        if quantity.hasPrefix("text:") {
            #expect(record.meaning.text == String(quantity.dropFirst(5)))
        } else {
            #expect(record.meaning.quantity == Self.quantities[quantity], "\(quantity)")
        }
        #expect(Vectors.hex(record.raw) == facts["raw"]?.text)
        switch facts["value"] {
        case .text(let text)?:
            switch record.value {
            case .text(let own): #expect(own == text)
            // The file writes the year 127 of a clock that was never set as "20127".
            case .moment(let own): #expect(own.description == text.replacing("20127-", with: "2127-"))
            default: Issue.record("\(quantity): not a text but \(record.value)")
            }
        case .number(let number)?:
            let own = try #require(record.anyNumber, "\(quantity)")
            let unit = try #require(facts["unit"]?.text)
            // The vectors count energy in Wh or J, power in W, whatever the record counts in.
            let factor = record.meaning.unit.flatMap { mine in MeterUnit(unit).flatMap { mine.factor(to: $0) } }
            #expect((factor == nil) == unit.isEmpty, "\(quantity)")
            let value = own.multiplied(by: factor ?? .one)
            #expect(value == DecimalNumber("\(number)"), "\(quantity) \(Vectors.hex(record.raw))")
        case Vectors.Fact.none?: #expect(record.anyNumber == nil)
        default: Issue.record("no value for \(quantity)")
        }
        if record.function == .error { #expect(record.number == nil, "a value in error is no reading") }
    }

    @Test("Building a request gives the bytes of the vector")
    func requestsAreBuilt() throws {
        let secondary = try #require(MBusSecondaryAddress("06855817.KAM.08.04"))
        let wild = try #require(MBusSecondaryAddress("FFFFFFFF"))
        let wildEnd = try #require(MBusSecondaryAddress("FFFF5817"))
        let requests: [(id: String, request: MBusRequest)] = [
            ("snd_nke-1", .reset(address: 1)), ("req_ud2-1-fcb0", .readData(address: 1, toggle: false)),
            ("req_ud2-1-fcb1", .readData(address: 1, toggle: true)),
            ("req_ud1-1", .readAlarms(address: 1, toggle: false)), ("select-secondary-full", .select(secondary)),
            ("select-secondary-wild-id", .select(wild)), ("select-secondary-wild-last4", .select(wildEnd)),
            ("req_ud2-selected", .readData(address: MBusRequest.selected, toggle: false)),
            ("deselect", .reset(address: MBusRequest.selected)),
            ("application-reset", .applicationReset(address: 1, subcode: nil)),
            ("worked-heat-meter", .readData(address: 1, toggle: true)),
        ]
        for (id, request) in requests {
            #expect(request.frame.bytes == (try Vectors.vector("mbus", id).requestBytes), "\(id)")
        }
        // Every request of the file is a sound frame, also those that only a commissioning tool sends.
        for vector in Vectors.all("mbus") {
            guard let bytes = vector.requestBytes else { continue }
            #expect(try MBusFrame.parse(bytes).bytes == bytes, "\(vector.id)")
        }
    }

    @Test func aSecondaryAddressCallsTheMeterThatSaysSoOfItself() throws {
        let vector = try Vectors.vector("mbus", "kamstrup_multical_601")
        let bytes = try #require(vector.responseBytes)
        let frame = try MBusFrame.parse(bytes)
        guard case .telegram(let meter) = MBusAnswer(frame, to: .readData(address: 0xFD, toggle: false)) else {
            Issue.record("no telegram")
            return
        }
        let (maker, version, medium) = (
            try #require(meter.maker), try #require(meter.version), try #require(meter.medium)
        )
        for text in ["06855817", "06855817.KAM", "06855817.KAM.08.04", "FFFF5817.*.08", "FFFFFFFF.*.*.04"] {
            let address = try #require(MBusSecondaryAddress(text))
            #expect(address.calls(number: meter.number, maker: maker, version: version, medium: medium), "\(text)")
        }
        for text in ["06855818", "06855817.LUG", "06855817.KAM.09", "FFFFFFFF.*.*.07"] {
            let address = try #require(MBusSecondaryAddress(text))
            #expect(!address.calls(number: meter.number, maker: maker, version: version, medium: medium), "\(text)")
        }
        for text in ["", "0685581", "06855817.KA", "06855817.KAM.8", "06855817.KAM.08.04.1", "0685581G"] {
            #expect(MBusSecondaryAddress(text) == nil, "\(text)")
        }
    }

    @Test func framesThatAreNoneAreRefused() throws {
        let twoLengths = try Vectors.negative("mbus", "length-mismatch")
        #expect(throws: FrameFault.length) { try MBusFrame.parse(twoLengths) }
        let collision = try Vectors.negative("mbus", "two-meters-answer")
        var scanner = FrameScanner<MBusFrame>()
        scanner.take(collision)
        scanner.fellSilent()
        #expect(scanner.next() == nil)
        #expect(scanner.skipped == 4)
        let lone = try MBusFrame.parse(try Vectors.negative("mbus", "e5-noise"))
        #expect(MBusAnswer(lone, to: .readData(address: 1, toggle: false)) == .acknowledged)
    }

    @Test func aValueInErrorOrOfAnotherMeaningIsNotTakenForAReading() throws {
        let vector = try Vectors.vector("mbus", "itron_cf_echo_2")
        let telegram = try Self.telegram(vector)
        let scale = try Self.scale("kW", -4)
        let power = MeterRecord(.quantity(.power), scale: scale)
        #expect(MeterFieldDecoder.decode(power, records: telegram.records) == .bad(.noValue))
        let absent = MeterRecord(.quantity(.voltage))
        #expect(MeterFieldDecoder.decode(absent, records: telegram.records) == .bad(.wrongAnswer))
    }

    @Test func aRecordIsFoundByMeaningByCodesAndByPlace() throws {
        let vector = try Vectors.vector("mbus", "kamstrup_multical_601")
        let records = try Self.telegram(vector).records
        let kWh = try Self.scale("kWh", -9)
        let gigajoule = try Self.scale("GJ", -9)
        let wanted: MeterFieldDecoder.Result = .sample(.integer(37_351_000_000_000))
        #expect(MeterFieldDecoder.decode(MeterRecord(.quantity(.energy), scale: kWh), records: records) == wanted)
        #expect(MeterFieldDecoder.decode(MeterRecord(.codes([0x04, 0x06]), scale: kWh), records: records) == wanted)
        #expect(MeterFieldDecoder.decode(MeterRecord(.place(2), scale: kWh), records: records) == wanted)
        #expect(
            MeterFieldDecoder.decode(MeterRecord(.quantity(.energy), scale: gigajoule), records: records)
                == .sample(.integer(134_463_600_000)))
        let settled = MeterRecord(.quantity(.energy), storage: 1, scale: kWh)
        #expect(MeterFieldDecoder.decode(settled, records: records) == .sample(.integer(33_361_000_000_000)))
        let clock = MeterRecord(.quantity(.dateTime), isText: true)
        #expect(MeterFieldDecoder.decode(clock, records: records) == .sample(.text("2011-01-05T15:26")))
    }

    private static func telegram(_ vector: Vectors.Vector) throws -> MBusTelegram {
        let bytes = try #require(vector.responseBytes)
        guard case .long(_, _, let information, let data) = try MBusFrame.parse(bytes) else { throw FrameFault.noBegin }
        let telegram = MBusTelegram(information: information, data: data)
        return try #require(telegram)
    }

    private static func scale(_ unit: String, _ exponent: Int) throws -> MeterScale {
        let unit = try #require(MeterUnit(unit))
        return MeterScale(unit: unit, step: DecimalNumber(significand: 1, exponent: exponent))
    }
}
