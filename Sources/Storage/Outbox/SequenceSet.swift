/// A set of batch numbers, kept as sorted, disjoint, non-adjacent ranges: 100,000 batches that were acknowledged in
/// order are one range.
struct SequenceSet: Hashable, Sendable {
    private(set) var ranges: [ClosedRange<UInt64>] = []
    /// How many numbers are in it.
    private(set) var count: UInt64 = 0

    init() {}

    init(_ ranges: some Sequence<ClosedRange<UInt64>>) {
        for range in ranges { insert(range) }
    }

    var isEmpty: Bool { ranges.isEmpty }
    var first: UInt64? { ranges.first?.lowerBound }
    var last: UInt64? { ranges.last?.upperBound }

    func contains(_ number: UInt64) -> Bool { range(containing: number) != nil }

    /// The range that `number` lies in.
    func range(containing number: UInt64) -> ClosedRange<UInt64>? {
        let index = firstIndex(endingAtOrAfter: number)
        guard index < ranges.count, ranges[index].contains(number) else { return nil }
        return ranges[index]
    }

    /// The smallest number in the set that is at least `number`.
    func next(from number: UInt64) -> UInt64? {
        let index = firstIndex(endingAtOrAfter: number)
        return index < ranges.count ? max(number, ranges[index].lowerBound) : nil
    }

    /// The largest number in the set that is at most `number`.
    func previous(from number: UInt64) -> UInt64? {
        let index = firstIndex(endingAtOrAfter: number)
        if index < ranges.count, ranges[index].contains(number) { return number }
        return index > 0 ? ranges[index - 1].upperBound : nil
    }

    mutating func insert(_ number: UInt64) { insert(number...number) }

    mutating func insert(_ range: ClosedRange<UInt64>) {
        var merged = range
        // Neighbours that only touch are merged too; 0 and UInt64.max are never used as batch numbers.
        let start = firstIndex(endingAtOrAfter: range.lowerBound == 0 ? 0 : range.lowerBound - 1)
        var end = start
        while end < ranges.count, ranges[end].lowerBound <= range.upperBound.addingClamped(1) {
            merged = min(merged.lowerBound, ranges[end].lowerBound)...max(merged.upperBound, ranges[end].upperBound)
            count -= ranges[end].size
            end += 1
        }
        ranges.replaceSubrange(start..<end, with: CollectionOfOne(merged))
        count += merged.size
    }

    mutating func remove(_ range: ClosedRange<UInt64>) {
        let start = firstIndex(endingAtOrAfter: range.lowerBound)
        var end = start
        var rest: [ClosedRange<UInt64>] = []
        while end < ranges.count, ranges[end].lowerBound <= range.upperBound {
            let old = ranges[end]
            count -= old.size
            if old.lowerBound < range.lowerBound { rest.append(old.lowerBound...(range.lowerBound - 1)) }
            if old.upperBound > range.upperBound { rest.append((range.upperBound + 1)...old.upperBound) }
            end += 1
        }
        count += rest.reduce(0) { $0 + $1.size }
        ranges.replaceSubrange(start..<end, with: rest)
    }

    /// What is in both.
    func intersection(_ other: SequenceSet) -> SequenceSet {
        var result = SequenceSet()
        var (i, j) = (0, 0)
        while i < ranges.count, j < other.ranges.count {
            let (a, b) = (ranges[i], other.ranges[j])
            let low = max(a.lowerBound, b.lowerBound)
            let high = min(a.upperBound, b.upperBound)
            if low <= high {
                result.ranges.append(low...high)
                result.count += (low...high).size
            }
            if a.upperBound < b.upperBound { i += 1 } else { j += 1 }
        }
        return result
    }

    /// Binary search: index of the first range that ends at or after `number`.
    private func firstIndex(endingAtOrAfter number: UInt64) -> Int {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < number { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension ClosedRange<UInt64> {
    var size: UInt64 { upperBound - lowerBound + 1 }
}

extension UInt64 {
    func addingClamped(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
