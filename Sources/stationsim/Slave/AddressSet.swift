/// Register addresses as sorted ranges that do not touch.
struct AddressSet: Sendable {
    private(set) var ranges: [Range<Int>] = []

    mutating func insert(_ fresh: Range<Int>) {
        let joined = ranges.filter { $0.upperBound >= fresh.lowerBound && $0.lowerBound <= fresh.upperBound }
        let low = min(fresh.lowerBound, joined.first?.lowerBound ?? fresh.lowerBound)
        let high = max(fresh.upperBound, joined.last?.upperBound ?? fresh.upperBound)
        ranges.removeAll { $0.upperBound >= fresh.lowerBound && $0.lowerBound <= fresh.upperBound }
        ranges.insert(low..<high, at: ranges.firstIndex { $0.lowerBound > low } ?? ranges.endIndex)
    }

    func contains(_ wanted: Range<Int>) -> Bool {
        ranges.contains { $0.lowerBound <= wanted.lowerBound && $0.upperBound >= wanted.upperBound }
    }
}
