/// Percentiles of times in bounded memory: buckets of at most 0.8 % width between 1 microsecond and 70 minutes.
struct Histogram: Sendable {
    private static let perOctave = 128
    private var buckets = [UInt32](repeating: 0, count: 26 * perOctave)
    private(set) var count = 0
    private(set) var largest: Nanoseconds = 0
    /// 0 when empty.
    private(set) var least: Nanoseconds = 0

    /// Below 1 microsecond counts as 0.
    mutating func add(_ value: Nanoseconds) {
        least = count == 0 ? value : min(least, value)
        count += 1
        largest = max(largest, value)
        buckets[Self.bucket(of: max(0, value) / 1000)] += 1
    }

    /// `share` 0...1; 0 when empty.
    func percentile(_ share: Double) -> Nanoseconds {
        let wanted = Int((Double(count) * share).rounded(.up))
        var seen = 0
        for (index, amount) in buckets.enumerated() where amount > 0 {
            seen += Int(amount)
            if seen >= wanted { return min(Self.value(of: index) * 1000, largest) }
        }
        return largest
    }

    private static func bucket(of microseconds: Int64) -> Int {
        guard microseconds >= perOctave else { return Int(microseconds) }
        let octave = 63 - microseconds.leadingZeroBitCount - 7
        let index = (octave + 1) * perOctave + Int(microseconds >> octave) - perOctave
        return min(index, 26 * perOctave - 1)
    }

    private static func value(of bucket: Int) -> Int64 {
        guard bucket >= perOctave else { return Int64(bucket) }
        let octave = bucket / perOctave - 1
        return Int64(bucket % perOctave + perOctave) << octave
    }
}
