package import GatewayModel

/// Aggregates of many points over one span, as the local history stores them: a batch body with nothing but them, and
/// its CRC-32 behind it.
package enum HistoryRecord {
    /// Significant digits that are kept of floats that are no short decimals: a history is to be looked at.
    static let digits = 5

    /// One span: by point, at most one each.
    package static func encode(_ statistics: [(point: PointIndex, statistics: Statistics)]) -> [UInt8] {
        let items = statistics.map {
            Aggregate(
                point: $0.point, from: BootTime(nanoseconds: 0), statistics: $0.statistics.rounded(to: Self.digits))
        }
        let block = AggregateBlock(width: 1, origin: 0, items: items)
        var bytes = BatchBody.encode(BatchContent(aggregates: block), base: BootTime(nanoseconds: 0))
        bytes.append(bigEndian: BatchEnvelope.checksum(bytes[...]))
        return bytes
    }

    /// Reads and checks foreign bytes.
    package static func decode(
        _ bytes: [UInt8]
    ) throws(BatchFormatError) -> [(point: PointIndex, statistics: Statistics)] {
        let end = bytes.count - 4
        guard end > 0, bytes.bigEndian32(at: end) == BatchEnvelope.checksum(bytes[..<end]) else {
            throw BatchFormatError("checksum differs")
        }
        let content = try BatchBody.decode(Array(bytes[..<end]), base: BootTime(nanoseconds: 0))
        return (content.aggregates?.items ?? []).map { ($0.point, $0.statistics) }
    }

    /// A dictionary's text, compressed.
    package static func pack(dictionary json: [UInt8]) -> [UInt8] {
        var bytes = [UInt8]()
        bytes.append(varint: json.count)
        return bytes + (Deflate.compress(json, cuts: []) ?? [])
    }

    package static func unpack(dictionary bytes: [UInt8]) throws(BatchFormatError) -> [UInt8] {
        var reader = ByteReader(bytes)
        let size = try reader.count(limit: PointDictionary.maximumBytes)
        return try Deflate.expand(try reader.take(reader.left), size: size)
    }
}

extension Statistics {
    /// Floats as decimals of so many significant digits; the ends are rounded outwards, the mean to the nearest.
    /// Decimals, and what is too large or too small for nine places, stay as they are.
    func rounded(to digits: Int) -> Statistics {
        guard case .floats(let low, let mean, let high)? = stored else { return self }
        let largest = max(low.magnitude, high.magnitude)
        let limit = ColumnForm.powers[digits]
        guard largest > 1e-4, largest < 1e12 else { return self }
        var places = 0
        while places < ColumnForm.maximumPlaces, largest * ColumnForm.powers[places + 1] < limit { places += 1 }
        let power = ColumnForm.powers[places]
        let (first, last) = ((low * power).rounded(.down), (high * power).rounded(.up))
        let middle = (mean * power).rounded()
        let excess = (middle - first) * Double(count)
        guard excess >= 0, excess < 9e15 else { return self }
        return Statistics(
            .decimal(low: Int64(first), span: UInt64(last - first), excess: UInt64(excess)),
            form: .decimal(places: UInt8(places)), count: count) ?? self
    }
}
