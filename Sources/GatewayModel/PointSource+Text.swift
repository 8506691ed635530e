extension PointSource {
    /// Where it is, in the words of the config: `holding`, `di`, `record`.
    package var placeName: String {
        switch self {
        case .register(let source), .adjusted(let source, _): source.table.rawValue
        case .meter(let source):
            if case .identifier = source.question { "di" } else { "record" }
        case .board(.vital): "vital"
        case .board: "line"
        }
    }

    /// Which one of these: `16`, `02010100`, `energy`.
    package var placeText: String {
        switch self {
        case .register(let source), .adjusted(let source, _): return "\(source.address)"
        case .meter(let source):
            switch (source.question, source.field) {
            case (.identifier(let number), .bytes(let field)):
                let bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
                let digits = (number <= 0xFFFF ? Array(bytes[2...]) : bytes).hexadecimal.uppercased()
                return field.at == 0 ? digits : "\(digits)+\(field.at)"
            case (_, .record(let record)): return record.text
            case (.telegrams, .bytes(let field)): return "+\(field.at)"
            }
        case .board(let source): return source.text
        }
    }

    /// `uint16`, `bit 3`, `bcd`.
    package var typeText: String {
        switch self {
        case .register(let source), .adjusted(let source, _):
            return source.type == .bit ? "bit \(source.bit)" : source.type.rawValue
        case .meter(let source):
            switch source.field {
            case .record(let record): return record.isText ? "text" : "number"
            case .bytes(let field):
                switch field.form {
                case .decimal: return "bcd"
                case .signedDecimal: return "bcd-signed"
                case .binary: return "uint"
                case .bit(let bit): return "bit \(bit)"
                case .digits: return "digits"
                case .clock: return "clock"
                }
            }
        case .board(let source): return source.type.rawValue
        }
    }
}

extension MeterRecord {
    /// `energy`, `energy storage 1`, `04 06`, `3`
    package var text: String {
        switch match {
        case .place(let place): return "\(place)"
        case .codes(let codes): return codes.map { [$0].hexadecimal.uppercased() }.joined(separator: " ")
        case .quantity(let quantity):
            var words = [quantity.rawValue]
            if storage != 0 { words.append("storage \(storage)") }
            if tariff != 0 { words.append("tariff \(tariff)") }
            if subunit != 0 { words.append("subunit \(subunit)") }
            if function != .value { words.append(function.rawValue) }
            return words.joined(separator: " ")
        }
    }
}
