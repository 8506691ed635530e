extension SequenceSet {
    /// For the database: per range the distance from the end of the one before and its length, both LEB128.
    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        var end: UInt64 = 0
        for range in ranges {
            bytes.append(leb128: range.lowerBound - end)
            bytes.append(leb128: range.upperBound - range.lowerBound)
            end = range.upperBound
        }
        return bytes
    }

    /// nil for bytes that are not an encoded set.
    init?(encoded bytes: [UInt8]) {
        self.init()
        var position = 0
        var end: UInt64 = 0
        while position < bytes.count {
            guard let distance = bytes.leb128(at: &position), let length = bytes.leb128(at: &position) else {
                return nil
            }
            let (low, overflow) = end.addingReportingOverflow(distance)
            let (high, overflow2) = low.addingReportingOverflow(length)
            guard !overflow, !overflow2, high < UInt64(Int64.max) else { return nil }
            insert(low...high)
            end = high
        }
    }
}

extension [UInt8] {
    mutating func append(leb128 value: UInt64) {
        var rest = value
        while rest > 0x7f {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    func leb128(at position: inout Int) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 63, by: 7) {
            guard position < count else { return nil }
            let byte = self[position]
            position += 1
            value |= UInt64(byte & 0x7f) << UInt64(shift)
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }
}
