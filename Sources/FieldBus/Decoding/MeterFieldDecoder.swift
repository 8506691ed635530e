internal import GatewayModel

/// What of an answer a point is. Pure; never traps, whatever the bytes.
enum MeterFieldDecoder {
    enum Result: Hashable, Sendable {
        case sample(Sample)
        /// The meter has no value, or one that has no place in the point: another unit, a step too fine.
        case bad(Quality)

        init(_ sample: Sample?) { self = sample.map { .sample($0) } ?? .bad(.noValue) }
    }

    /// - Parameters:
    ///   - data: after identifier and serial number.
    ///   - header: bytes of identifier and serial number, which `answerLength` counts too.
    static func decode(_ field: MeterBytes, data: [UInt8], header: Int) -> Result {
        if let expected = field.answerLength, expected != data.count + header { return .bad(.wrongAnswer) }
        let valueAt = field.at + (field.unitCode?.place == .before ? 1 : 0)
        guard field.at >= 0, field.count > 0, valueAt + field.count <= data.count else { return .bad(.wrongAnswer) }
        let bytes = data[valueAt..<valueAt + field.count]
        switch field.form {
        case .digits:
            let number = MeterNumber(wireBytes: bytes)
            return Result(number.isOne ? .text(number.description) : nil)
        case .clock: return Result(clock(Array(bytes)).map { .text($0) })
        case .binary: return Result(binary(bytes).map { .integer($0) })
        case .bit(let bit): return Result(binary(bytes).map { .integer($0 >> Int64(min(max(bit, 0), 63)) & 1) })
        case .decimal: return number(BinaryCodedDecimal.number(lowByteFirst: bytes), field, data)
        case .signedDecimal: return number(BinaryCodedDecimal.signedNumber(lowByteFirst: bytes), field, data)
        }
    }

    /// - Parameter records: of all telegrams of one reading.
    static func decode(_ field: MeterRecord, records: [MBusRecord]) -> Result {
        guard let record = find(field, in: records) else { return .bad(.wrongAnswer) }
        // Whoever names a record by its codes, and the mark of an error among them, wants what it says.
        if case .codes = field.match {} else if record.function == .error { return .bad(.noValue) }
        if field.isText { return Result(text(record)) }
        guard let number = record.anyNumber else { return .bad(.noValue) }
        guard let scale = field.scale else { return Result(number.count(of: .one).map { .integer($0) }) }
        guard let unit = record.meaning.unit else { return .bad(.wrongAnswer) }
        return Result(scale.steps(number, in: unit).map { .integer($0) })
    }

    private static func number(_ raw: Int64?, _ field: MeterBytes, _ data: [UInt8]) -> Result {
        guard let raw else { return .bad(.noValue) }
        guard let unitField = field.unitCode else { return .sample(.integer(raw)) }
        let codeAt = unitField.place == .before ? field.at : field.at + field.count
        guard codeAt < data.count, let code = UnitCode(data[codeAt]) else { return .bad(.wrongAnswer) }
        let value = DecimalNumber(significand: Int128(raw), exponent: code.power - unitField.decimals)
        return Result(unitField.scale.steps(value, in: code.unit).map { .integer($0) })
    }

    private static func binary(_ bytes: ArraySlice<UInt8>) -> Int64? {
        guard bytes.count <= 8 else { return nil }
        return Int64(bitPattern: bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    /// `2026-11-20T14:30:05`; nil: a digit above 9. Zeros stay zeros: a meter whose clock was never set.
    private static func clock(_ bytes: [UInt8]) -> String? {
        guard bytes.count == 7 else { return nil }
        let text = MeterNumber(wireBytes: bytes)
        guard text.isOne else { return nil }
        let digits = Array(text.description)
        let parts = [0..<4, 4..<6, 6..<8, 8..<10, 10..<12, 12..<14].map { String(digits[$0]) }
        return "\(parts[0])-\(parts[1])-\(parts[2])T\(parts[3]):\(parts[4]):\(parts[5])"
    }

    private static func find(_ field: MeterRecord, in records: [MBusRecord]) -> MBusRecord? {
        switch field.match {
        case .place(let place): records.indices.contains(place - 1) ? records[place - 1] : nil
        case .codes(let codes): records.first { $0.dataInformation + $0.valueInformation == codes }
        case .quantity(let quantity): find(quantity, field, in: records)
        }
    }

    /// A record that is there but in error is found too: the value is bad then, and not another record's.
    private static func find(_ quantity: MBusQuantity, _ field: MeterRecord, in records: [MBusRecord]) -> MBusRecord? {
        let matching = records.filter {
            $0.meaning.quantity == quantity && !$0.meaning.isQualified && $0.storage == field.storage
                && $0.tariff == field.tariff && $0.subunit == field.subunit
        }
        return matching.first { $0.function == field.function.wire }
            ?? (field.function == .value ? matching.first { $0.function == .error } : nil)
    }

    private static func text(_ record: MBusRecord) -> Sample? {
        switch record.value {
        case .text(let text): .text(text)
        case .moment(let moment): moment.isInvalid ? nil : .text(moment.description)
        // A number that is a name keeps its leading zeros.
        case .integer where record.meaning.quantity == .fabricationNumber:
            .text(MeterNumber(wireBytes: record.raw).description)
        case .integer, .float32: record.anyNumber.map { .text($0.description) }
        case .bytes(let bytes): .text(bytes.hexadecimal)
        case .none: nil
        }
    }
}

extension MeterAnswer {
    /// What of it a point is.
    func value(of source: PointSource) -> (Quality, Sample?) {
        guard case .meter(let source) = source else { return (.wrongAnswer, nil) }
        let result: MeterFieldDecoder.Result
        switch (content, source.field) {
        case (.data(let data, let header), .bytes(let field)):
            result = MeterFieldDecoder.decode(field, data: data, header: header)
        case (.records(let records), .record(let field)):
            result = MeterFieldDecoder.decode(field, records: records)
        default: return (.wrongAnswer, nil)
        }
        switch result {
        case .sample(let sample): return (.good, sample)
        case .bad(let quality): return (quality, nil)
        }
    }
}

extension MeterRecord.Function {
    var wire: MBusRecord.Function {
        switch self {
        case .value: .instantaneous
        case .max: .maximum
        case .min: .minimum
        }
    }
}
