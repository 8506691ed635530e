/// The records on a page of an index, or of a table WITHOUT ROWID, which is one (file format, sections 1.6 and 2.1).
extension RecordScan {
    enum Column: Hashable {
        case null
        case integer(Int64)
        case bytes([UInt8])

        var bytes: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }
        var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    }

    /// Each record's columns; a cell that cannot be read is left out.
    func indexRecords(in image: [UInt8]) -> [[Column]] {
        let isLeaf = image.first == 0x0a
        guard image.count == PageFile.pageSize, isLeaf || image.first == 0x02 else { return [] }
        let pointers = isLeaf ? 8 : 12
        let count = min(Int(image[3]) << 8 | Int(image[4]), (image.count - pointers) / 2)
        return (0..<count).compactMap { cell in
            let at = pointers + 2 * cell
            // An interior cell begins with the page on its left.
            var place = Int(image[at]) << 8 | Int(image[at + 1]) + (isLeaf ? 0 : 4)
            guard let length = Self.varint(image, &place), length <= 1 << 20,
                let record = payload(
                    from: place, of: image, count: Int(length), skipping: 0, .newest, isIndex: true)
            else { return nil }
            return Self.columns(of: record)
        }
    }

    /// nil: not a record.
    static func columns(of record: [UInt8]) -> [Column]? {
        var header = 0
        guard let size = varint(record, &header), size <= record.count else { return nil }
        var body = Int(size)
        var columns: [Column] = []
        while header < Int(size) {
            guard let type = varint(record, &header) else { return nil }
            let integerSizes = [0, 1, 2, 3, 4, 6, 8]
            switch type {
            case 0: columns.append(.null)
            case 1...6:
                let length = integerSizes[Int(type)]
                guard body + length <= record.count else { return nil }
                let first = Int64(Int8(bitPattern: record[body]))
                columns.append(.integer(record[(body + 1)..<(body + length)].reduce(first) { $0 << 8 | Int64($1) }))
                body += length
            case 8, 9: columns.append(.integer(Int64(type) - 8))
            case 12...:
                let length = (Int(clamping: type) - 12) / 2
                guard length <= record.count - body else { return nil }
                columns.append(.bytes(Array(record[body..<(body + length)])))
                body += length
            default: return nil
            }
        }
        return columns
    }

    /// SQLite's: big-endian, seven bits a byte, a ninth byte whole. Moves `place` behind it; nil: it does not end.
    private static func varint(_ bytes: [UInt8], _ place: inout Int) -> UInt64? {
        var value: UInt64 = 0
        for count in 1...9 {
            guard place >= 0, place < bytes.count else { return nil }
            let byte = bytes[place]
            place += 1
            if count == 9 { return value << 8 | UInt64(byte) }
            value = value << 7 | UInt64(byte & 0x7f)
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }
}
