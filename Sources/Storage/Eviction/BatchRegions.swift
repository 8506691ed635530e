internal import GatewayModel

/// Which stored batches take the place of others, by how much of the data is left, and which were never handed to
/// anybody. Pure.
///
/// Thinning always takes the oldest, so the regions lie one after the other in time, though a batch that was made later
/// has a higher number than the newer ones behind it.
struct BatchRegions: Hashable, Sendable {
    /// Oldest first.
    enum Region: Int, CaseIterable, Comparable, Sendable {
        /// Gauges have only a reading a day left.
        case stripped
        /// 15-minute aggregates.
        case quarters
        /// 1-minute aggregates.
        case minutes
        /// Several batches in one, nothing lost.
        case reblocked
        /// As they were sealed.
        case plain

        static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    }

    /// Beyond every number that is ever given.
    static let end: UInt64 = 1 << 62
    /// Regions of batches that have left, remembered for the uplinks' cursors: so many ranges.
    private static let departedLimit = 1024

    private var sets = Array(repeating: SequenceSet(), count: Region.plain.rawValue)
    /// All of `sets`.
    private(set) var all = SequenceSet()
    private var departed = Array(repeating: SequenceSet(), count: Region.plain.rawValue)
    /// Numbers that were never handed to a receiver, those to come included while nobody listens. Not durable.
    var untouched = SequenceSet()

    subscript(region: Region) -> SequenceSet { region == .plain ? SequenceSet() : sets[region.rawValue] }

    /// Of a batch that has left too, as long as it is remembered.
    func region(of number: UInt64) -> Region {
        for region in Region.allCases where region != .plain {
            if sets[region.rawValue].contains(number) || departed[region.rawValue].contains(number) { return region }
        }
        return .plain
    }

    mutating func move(_ number: UInt64, to region: Region) {
        for place in sets.indices { sets[place].remove(number...number) }
        all.remove(number...number)
        guard region != .plain else { return }
        sets[region.rawValue].insert(number)
        all.insert(number)
    }

    mutating func remove(_ range: ClosedRange<UInt64>) {
        untouched.remove(range)
        let leaving = SequenceSet([range])
        for place in sets.indices {
            for part in sets[place].intersection(leaving).ranges {
                sets[place].remove(part)
                all.remove(part)
                departed[place].insert(part)
            }
            if departed[place].ranges.count > Self.departedLimit { departed[place] = SequenceSet() }
        }
    }

    // MARK: Durable form

    /// The sets, each after its length in bytes as LEB128: stripped, quarters, minutes, reblocked.
    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        for set in sets {
            let part = set.encoded
            bytes.append(leb128: UInt64(part.count))
            bytes += part
        }
        return bytes
    }

    /// For bytes that are not whole: no regions. Then some batches are sent out of order.
    init(encoded bytes: [UInt8], stored: SequenceSet) {
        var position = 0
        var read: [SequenceSet] = []
        while read.count < sets.count {
            guard let length = bytes.leb128(at: &position), length <= UInt64(bytes.count - position),
                let set = SequenceSet(encoded: Array(bytes[position..<(position + Int(length))]))
            else { return }
            position += Int(length)
            read.append(set)
        }
        sets = read.map { $0.intersection(stored) }
        for set in sets { for range in set.ranges { all.insert(range) } }
    }

    init() {}
}

extension OutboxIndex {
    typealias Region = BatchRegions.Region

    /// The first batch of a region from a number on.
    func next(in region: Region, from start: UInt64) -> UInt64? {
        guard region == .plain else { return regions[region].next(from: start) }
        var candidate = stored.next(from: start)
        while let number = candidate, let other = regions.all.range(containing: number) {
            candidate = stored.next(from: other.upperBound + 1)
        }
        return candidate
    }

    /// The last batch of a region up to a number.
    func previous(in region: Region, from start: UInt64) -> UInt64? {
        guard region == .plain else { return regions[region].previous(from: start) }
        var candidate = stored.previous(from: start)
        while let number = candidate, let other = regions.all.range(containing: number) {
            candidate = other.lowerBound > 0 ? stored.previous(from: other.lowerBound - 1) : nil
        }
        return candidate
    }

    /// The first plain batch from a number on that was never handed to anybody.
    func nextUntouched(from start: UInt64) -> UInt64? {
        var position = start
        while let free = regions.untouched.next(from: position), let number = next(in: .plain, from: free) {
            if regions.untouched.contains(number) { return number }
            position = number
        }
        return nil
    }

    /// The oldest region that holds something.
    var oldestRegion: Region? { Region.allCases.first { next(in: $0, from: 0) != nil } }

    /// The first `limit` batches of a region.
    func oldest(in region: Region, limit: Int) -> [UInt64] {
        var result: [UInt64] = []
        var candidate = next(in: region, from: 0)
        while let number = candidate, result.count < limit {
            result.append(number)
            candidate = next(in: region, from: number + 1)
        }
        return result
    }

    /// Whether all stored batches of a receiver's set are the same for two batches: who has acknowledged it.
    func acknowledgements(of number: UInt64) -> [Bool] { receivers.map { $0.acknowledged.contains(number) } }

    func isHeld(_ number: UInt64) -> Bool { held?.contains(number) ?? false }
}
