package import GatewayModel

/// Readings in 16 bytes each and 8 more per moment: a `Reading` takes 48, and the open batch holds up to 16,384.
///
/// Times and samples are kept exactly. Readings of one transaction come together and share their moment.
package struct PackedReadings: Sendable {
    private enum Kind: UInt8 {
        case none, integer, float32, float64, text
    }

    private struct Row {
        /// The sample's bits; of a text, its place in `texts`.
        var bits: UInt64
        var point: UInt32
        /// Place in `times`.
        var time: UInt16
        var quality: Quality
        var kind: Kind
    }

    private var rows: [Row] = []
    private var times: [BootTime] = []
    private var texts: [String] = []

    /// As many as a batch may hold; then no place in `times` is beyond 16 bits.
    package static let capacity = BatchContent.maximumReadings

    package init() {}

    /// Those beyond `capacity` are left out.
    package init(_ readings: [Reading]) {
        reserve(readings.count)
        for reading in readings { _ = append(reading) }
    }

    package var count: Int { rows.count }
    package var isEmpty: Bool { rows.isEmpty }
    package var indices: Range<Int> { rows.indices }

    /// False: not taken, full; or the point is beyond what the batch format has numbers for.
    package mutating func append(_ reading: Reading) -> Bool {
        guard rows.count < Self.capacity, (0..<BatchContent.maximumPoints).contains(reading.point) else { return false }
        if times.last != reading.time { times.append(reading.time) }
        let (kind, bits) = pack(reading.sample)
        rows.append(
            Row(
                bits: bits, point: UInt32(reading.point), time: UInt16(times.count - 1), quality: reading.quality,
                kind: kind))
        return true
    }

    private mutating func pack(_ sample: Sample?) -> (Kind, UInt64) {
        switch sample {
        case nil: return (.none, 0)
        case .integer(let value): return (.integer, UInt64(bitPattern: value))
        case .float32(let value): return (.float32, UInt64(value.bitPattern))
        case .float64(let value): return (.float64, value.bitPattern)
        case .text(let text):
            texts.append(text)
            return (.text, UInt64(texts.count - 1))
        }
    }

    package subscript(place: Int) -> Reading {
        let row = rows[place]
        return Reading(point: Int(row.point), time: times[Int(row.time)], quality: row.quality, sample: sample(of: row))
    }

    package func point(_ place: Int) -> PointIndex { Int(rows[place].point) }
    package func time(_ place: Int) -> BootTime { times[Int(rows[place].time)] }

    private func sample(of row: Row) -> Sample? {
        switch row.kind {
        case .none: nil
        case .integer: .integer(Int64(bitPattern: row.bits))
        case .float32: .float32(Float(bitPattern: UInt32(truncatingIfNeeded: row.bits)))
        case .float64: .float64(Double(bitPattern: row.bits))
        case .text: .text(texts[Int(row.bits)])
        }
    }

    /// The earliest and latest moment; nil: empty.
    package var span: ClosedRange<BootTime>? {
        guard let first = times.min(), let last = times.max() else { return nil }
        return first...last
    }

    /// Growing by doubling would hold twice what is needed; what is not used yet is not resident.
    package mutating func reserve(_ count: Int) {
        if rows.capacity < count { rows.reserveCapacity(min(count, Self.capacity)) }
    }

    /// Keeps the memory for the next ones.
    package mutating func removeAll() {
        rows.removeAll(keepingCapacity: true)
        times.removeAll(keepingCapacity: true)
        texts.removeAll()
    }
}
