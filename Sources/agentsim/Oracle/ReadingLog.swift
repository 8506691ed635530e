internal import GatewayModel

/// Every good reading that the buses gave, until it is settled: arrived, or covered by a gap record.
struct ReadingLog {
    /// Why a reading that the process had in memory need not have survived its end.
    enum Excuse {
        /// It was read less than `seal` and a second before.
        case unsealed
        /// The disk did not take what was sealed.
        case diskFailed
    }

    /// What never arrived, by what accounts for it.
    struct Losses: Equatable {
        var unsealed = 0
        var diskFailed = 0
        /// A gap record with a reason other than `agent-off`.
        var explained = 0
        var unaccounted = 0
    }

    struct Entry {
        /// On the clock of its boot.
        var milliseconds: Int64
        /// UTC, ns since 1970.
        var truth: Nanoseconds
        var value: Int64
        var hasArrived = false
        /// A gap record with a reason other than `agent-off` speaks of it.
        var isExplained = false
        /// Any gap record does.
        var isCovered = false
        /// Why it may be lost; nil: it must arrive.
        var excuse: Excuse?

        var isSettled: Bool { hasArrived || isExplained || (excuse != nil && isCovered) }
    }

    /// The readings of one point in one boot, in order of time. What lies before `head` is forgotten.
    private struct Track {
        var entries: [Entry] = []
        var head = 0

        var open: Range<Int> { head..<entries.count }

        func firstIndex(from milliseconds: Int64) -> Int {
            var (low, high) = (head, entries.count)
            while low < high {
                let middle = (low + high) / 2
                if entries[middle].milliseconds < milliseconds { low = middle + 1 } else { high = middle }
            }
            return low
        }

        /// Forgets what is settled: at once what has arrived, what has not when it is older than `truth`.
        /// - Parameter isOver: the boot is: nothing will be added, and no room is kept for it.
        mutating func shrink(olderThan truth: Nanoseconds, isOver: Bool, losses: inout Losses) {
            while head < entries.count {
                let entry = entries[head]
                guard entry.hasArrived || (entry.isSettled && entry.truth < truth) else { break }
                if !entry.hasArrived { losses.count(entry) }
                head += 1
            }
            // Amortised: a copy of the rest for each as many as the rest.
            if head > 256, head > entries.count / 2 {
                entries.removeFirst(head)
                head = 0
            }
            if isOver, head > 0, head == entries.count { (entries, head) = ([], 0) }
        }
    }

    enum Verdict { case expected, unknown, wrongValue }

    /// Settled readings are remembered so long: a batch may bring them although a gap covers them.
    private static let memory = Nanoseconds.days(4)

    private var tracks: [[Track]] = []
    private var bootNumbers: [BootID: Int] = [:]
    private let points: Int
    private(set) var count: UInt64 = 0
    private(set) var arrived: UInt64 = 0
    private(set) var mostOpen = 0
    private var open = 0
    var outstanding: Int { open }
    private var forgotten = Losses()

    init(points: Int) { self.points = points }

    func number(of boot: BootID) -> Int? { bootNumbers[boot] }

    mutating func begin(_ boot: BootID) {
        guard bootNumbers[boot] == nil else { return }
        bootNumbers[boot] = tracks.count
        tracks.append(Array(repeating: Track(), count: points))
    }

    mutating func note(_ reading: Reading, boot: BootID, truth: Nanoseconds) {
        guard let number = bootNumbers[boot], case .integer(let value) = reading.sample else { return }
        tracks[number][reading.point].entries.append(
            Entry(milliseconds: reading.time.milliseconds, truth: truth, value: value))
        count += 1
        open += 1
        mostOpen = max(mostOpen, open)
    }

    /// - Returns: what to make of it, and when it was really read.
    mutating func arrive(_ reading: Reading, boot: BootID) -> (Verdict, truth: Nanoseconds) {
        guard let number = bootNumbers[boot], reading.point < points else { return (.unknown, 0) }
        let milliseconds = reading.time.milliseconds
        let index = tracks[number][reading.point].firstIndex(from: milliseconds)
        guard index < tracks[number][reading.point].entries.count else { return (.unknown, 0) }
        let entry = tracks[number][reading.point].entries[index]
        guard entry.milliseconds == milliseconds, !entry.hasArrived else { return (.unknown, 0) }
        tracks[number][reading.point].entries[index].hasArrived = true
        shrink(number, reading.point, olderThan: entry.truth - Self.memory)
        arrived += 1
        open -= 1
        return (reading.sample == .integer(entry.value) ? .expected : .wrongValue, entry.truth)
    }

    /// Readings of `boot` later than `truth` need not survive.
    mutating func excuse(_ boot: BootID, after truth: Nanoseconds, as excuse: Excuse) {
        guard let number = bootNumbers[boot] else { return }
        for point in 0..<points {
            for index in tracks[number][point].open.reversed() {
                guard tracks[number][point].entries[index].truth > truth else { break }
                tracks[number][point].entries[index].excuse = excuse
            }
        }
    }

    /// - Parameter contains: boot number, entry.
    mutating func cover(_ points: Range<Int>, explains: Bool, where contains: (Int, Entry) -> Bool) {
        for number in tracks.indices {
            for point in points {
                for index in tracks[number][point].open where contains(number, tracks[number][point].entries[index]) {
                    tracks[number][point].entries[index].isCovered = true
                    if explains { tracks[number][point].entries[index].isExplained = true }
                }
            }
        }
    }

    /// What never arrived of what was read before `end`, and the first few that nothing accounts for.
    func census(before end: Nanoseconds) -> (losses: Losses, first: [(boot: Int, point: Int, entry: Entry)]) {
        var losses = forgotten
        var first: [(boot: Int, point: Int, entry: Entry)] = []
        for number in tracks.indices {
            for point in 0..<points {
                for entry in tracks[number][point].entries[tracks[number][point].open]
                where !entry.hasArrived && (entry.isSettled || entry.truth < end) {
                    losses.count(entry)
                    if !entry.isSettled, first.count < 5 { first.append((number, point, entry)) }
                }
            }
        }
        return (losses, first)
    }

    /// Drops settled readings that are older than the memory, so that a long life needs no more room than a short one.
    mutating func forget(at truth: Nanoseconds) {
        for number in tracks.indices {
            for point in 0..<points { shrink(number, point, olderThan: truth - Self.memory) }
        }
    }

    private mutating func shrink(_ number: Int, _ point: Int, olderThan truth: Nanoseconds) {
        let before = forgotten.sum
        tracks[number][point].shrink(
            olderThan: truth, isOver: number < tracks.count - 1, losses: &forgotten)
        open -= forgotten.sum - before
    }

    /// Of what was read before `truth` nothing is outstanding that has to arrive.
    func isComplete(before truth: Nanoseconds) -> Bool {
        tracks.allSatisfy { boot in
            boot.allSatisfy { track in
                track.entries[track.open].allSatisfy { $0.isSettled || $0.truth >= truth }
            }
        }
    }
}

extension ReadingLog.Losses {
    mutating func add(_ other: Self) {
        unsealed += other.unsealed
        diskFailed += other.diskFailed
        explained += other.explained
        unaccounted += other.unaccounted
    }

    fileprivate var sum: Int { unsealed + diskFailed + explained + unaccounted }

    fileprivate mutating func count(_ entry: ReadingLog.Entry) {
        switch entry.excuse {
        case _ where entry.isExplained: explained += 1
        case .unsealed? where entry.isCovered: unsealed += 1
        case .diskFailed? where entry.isCovered: diskFailed += 1
        default: unaccounted += 1
        }
    }
}
