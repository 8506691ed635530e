internal import GatewayModel
internal import Telemetry

/// A day that is being summed up from its quarters, some at a time.
struct DayFolding: Sendable {
    var day: Int64
    /// Not yet taken, oldest first.
    var rest: [HistoryFile.Key]
    var sums: [DictionaryID: [PointIndex: Statistics]] = [:]
}

extension HistoryStore {
    /// Sums up the oldest day that is over and has no value yet, a few quarters a call; then stores it in one
    /// transaction.
    ///
    /// A crash in between only means that the day is begun again.
    func fold(before today: Int64, now: Int64, in file: HistoryFile) throws(StorageError) {
        if folding == nil { folding = try begin(before: today, now: now, in: file) }
        guard var work = folding else {
            mayFold = false
            return
        }
        for key in work.rest.prefix(HistoryLimits.chunk) {
            guard let record = try file.record(key, in: .quarters) else { continue }
            // A damaged quarter is missing in its day.
            for (point, statistics) in (try? HistoryRecord.decode(record)) ?? [] {
                work.sums[key.dictionary, default: [:]][point, default: Statistics()].add(statistics)
            }
        }
        work.rest.removeFirst(min(HistoryLimits.chunk, work.rest.count))
        folding = work
        guard work.rest.isEmpty else { return }
        let records = work.sums.map { id, sums in
            (
                HistoryFile.Key(number: work.day, dictionary: id),
                HistoryRecord.encode(sums.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
            )
        }
        folding = nil
        try makingRoom(in: file) { () throws(StorageError) in
            try file.connection.transaction { () throws(StorageError) in
                for (key, record) in records { try file.save(record, as: key, in: .days) }
                try file.forget(before: work.day - HistoryLimits.days + 1, in: .days)
            }
        }
    }

    /// nil: every day before today that has quarters has its value.
    private func begin(before today: Int64, now: Int64, in file: HistoryFile) throws(StorageError) -> DayFolding? {
        let done = try file.connection.first("SELECT max(number) FROM days") { $0.optionalInteger(0) } ?? nil
        let oldest = now / QuarterHour.length - HistoryLimits.quarters
        let keys = try file.keys(oldest...(now / QuarterHour.length), in: .quarters)
        let open = keys.filter { day(ofQuarter: $0.number) > done ?? .min && day(ofQuarter: $0.number) < today }
        guard let day = open.first.map({ day(ofQuarter: $0.number) }) else { return nil }
        return DayFolding(day: day, rest: open.filter { self.day(ofQuarter: $0.number) == day })
    }
}
