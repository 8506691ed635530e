internal import GatewayModel

/// Cuts the variable data of a telegram into records (EN 13757-3, 6.3). Never traps, whatever the bytes.
struct MBusRecordReader {
    private var rest: ArraySlice<UInt8>
    /// A record said that the rest is in another telegram.
    private(set) var hasMore = false
    private(set) var isCut = false

    /// DIFEs and VIFEs that one record may have (EN 13757-3, 6.3.2 and 6.3.3).
    private static let mostExtensions = 10

    init(_ data: ArraySlice<UInt8>) { rest = data }

    /// nil: no more.
    mutating func next() -> MBusRecord? {
        while let first = rest.first, first == 0x2F { rest = rest.dropFirst() }
        guard let first = rest.first else { return nil }
        if first & 0x0F == 0x0F { return special(first) }
        guard let record = record() else {
            isCut = true
            rest = []
            return nil
        }
        return record
    }

    /// 0F the maker's own data, 1F the same and more telegrams follow, 7F and others not defined: to the end.
    private mutating func special(_ first: UInt8) -> MBusRecord? {
        hasMore = first == 0x1F
        let raw = Array(rest.dropFirst())
        rest = []
        return MBusRecord(
            dataInformation: [first], valueInformation: [], function: .instantaneous, storage: 0, tariff: 0, subunit: 0,
            meaning: MBusMeaning(quantity: .makersOwn, unit: nil, exponent: 0), value: .bytes(raw), raw: raw)
    }

    private mutating func byte() -> UInt8? { rest.popFirst() }

    private mutating func bytes(_ count: Int) -> [UInt8]? {
        guard count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    private mutating func record() -> MBusRecord? {
        guard let dif = byte(), let extensions = extensions(after: dif) else { return nil }
        var storage = UInt64(dif >> 6 & 1)
        var tariff: UInt32 = 0
        var subunit: UInt16 = 0
        for (place, dife) in extensions.enumerated() {
            storage |= UInt64(dife & 15) << UInt64(1 + 4 * place)
            tariff |= UInt32(dife >> 4 & 3) << UInt32(2 * place)
            subunit |= UInt16(dife >> 6 & 1) << UInt16(place)
        }
        guard let information = valueInformation(), let raw = rawValue(dif & 15) else { return nil }
        let meaning = MBusMeaning(information.codes, text: information.text)
        return MBusRecord(
            dataInformation: [dif] + extensions, valueInformation: information.codes,
            function: MBusRecord.Function(rawValue: dif >> 4 & 3) ?? .instantaneous, storage: storage, tariff: tariff,
            subunit: subunit, meaning: meaning,
            value: MBusValueReader.value(raw.bytes, type: dif & 15, marker: raw.marker, meaning: meaning),
            raw: raw.bytes)
    }

    private mutating func extensions(after first: UInt8) -> [UInt8]? {
        var found: [UInt8] = []
        var last = first
        while last & 0x80 != 0 {
            guard found.count < Self.mostExtensions, let next = byte() else { return nil }
            found.append(next)
            last = next
        }
        return found
    }

    /// VIF, the text of a VIF 7C, VIFEs.
    private mutating func valueInformation() -> (codes: [UInt8], text: String?)? {
        guard let vif = byte() else { return nil }
        var text: String?
        if vif & 0x7F == 0x7C {
            guard let count = byte(), let characters = bytes(Int(count)) else { return nil }
            text = String(decoding: characters.reversed(), as: UTF8.self)
        }
        guard let extensions = extensions(after: vif) else { return nil }
        return ([vif] + extensions, text)
    }

    /// The value's bytes; `marker` is the length byte of a variable one.
    private mutating func rawValue(_ type: UInt8) -> (bytes: [UInt8], marker: UInt8?)? {
        // Data types 0...7 and 9...C, E (EN 13757-3, table of data fields).
        let lengths: [Int?] = [0, 1, 2, 3, 4, 4, 6, 8, 0, 1, 2, 3, 4, nil, 6]
        guard Int(type) < lengths.count else { return nil }
        if let length = lengths[Int(type)] { return bytes(length).map { ($0, nil) } }
        guard let marker = byte() else { return nil }
        let length: Int
        switch marker {
        case 0x00...0xBF: length = Int(marker)
        case 0xC0...0xCF: length = Int(marker - 0xC0)
        case 0xD0...0xDF: length = Int(marker - 0xD0)
        case 0xE0...0xEF: length = Int(marker - 0xE0)
        default: return nil
        }
        return bytes(length).map { ($0, marker) }
    }
}
