import GatewayModel

@testable import FieldBus

extension TestStation {
    /// A meter without registers at 2400 8E1, asked every 100 ms.
    mutating func add(
        _ id: String, _ address: DeviceAddress, timeout: Nanoseconds = .milliseconds(300), retries: Int = 0,
        baud: Int = 2_400, _ sources: [(MeterQuestion, MeterField)]
    ) {
        let begin = points.count
        var known: [MeterQuestion] = []
        for (question, field) in sources {
            let place = known.firstIndex(of: question) ?? known.count
            if place == known.count { known.append(question) }
            points.append(
                PointDefinition(
                    index: points.count, device: id, id: "p\(points.count)",
                    source: .meter(MeterSource(question: question, field: field, place: UInt16(place))),
                    period: .every(.milliseconds(100))))
        }
        devices.append(
            DeviceConfiguration(
                id: id, bus: bus.id, address: address, format: SerialFormat(baud: baud, parity: .even), maxRegisters: 1,
                responseTimeout: timeout, retries: retries, points: begin..<points.count))
    }
}

/// Fields of the meters in the vectors.
enum MeterFields {
    static func decimal(_ at: Int = 0, _ count: Int = 4) -> MeterField {
        .bytes(MeterBytes(at: at, count: count, form: .decimal))
    }

    static func heat(_ at: Int, _ unit: String, _ place: UnitCodeField.Place, exponent: Int) -> MeterField? {
        guard let unit = MeterUnit(unit) else { return nil }
        let scale = MeterScale(unit: unit, step: DecimalNumber(significand: 1, exponent: exponent))
        return .bytes(
            MeterBytes(
                at: at, count: 4, form: .decimal, unitCode: UnitCodeField(place: place, decimals: 2, scale: scale),
                answerLength: 0x2E))
    }

    static func record(_ quantity: MBusQuantity, _ unit: String, exponent: Int) -> MeterField? {
        guard let unit = MeterUnit(unit) else { return nil }
        let scale = MeterScale(unit: unit, step: DecimalNumber(significand: 1, exponent: exponent))
        return .record(MeterRecord(.quantity(quantity), scale: scale))
    }
}
