internal import GatewayModel
package import Telemetry

/// What the history knows of one point.
package struct PointHistory: Sendable {
    package struct Span: Hashable, Sendable {
        /// UTC ms of a quarter's beginning; a local day's number since 1970-01-01.
        package var number: Int64
        package var statistics: Statistics
        package var point: DescribedPoint
    }

    package var quarters: [Span] = []
    package var days: [Span] = []

    package var isEmpty: Bool { quarters.isEmpty && days.isEmpty }
}

extension HistoryStore {
    /// Everything that is stored of a point, under all configurations that had it; oldest first.
    ///
    /// Reads a few records at a time and lets the store's other work in between.
    package nonisolated func history(device: String, point: String) async -> PointHistory {
        var result = PointHistory()
        let (quarters, days) = await rows()
        var places: [DictionaryID: (index: PointIndex, point: DescribedPoint)] = [:]
        for id in Set((quarters + days).map(\.dictionary)) {
            places[id] = await place(of: point, device: device, in: id)
        }
        for (keys, table) in [(quarters, HistoryFile.Table.quarters), (days, .days)] {
            let mine = keys.filter { places[$0.dictionary] != nil }
            for start in stride(from: 0, to: mine.count, by: HistoryLimits.chunk) {
                let chunk = mine[start..<min(mine.count, start + HistoryLimits.chunk)]
                let found = await spans(chunk.map { ($0, places[$0.dictionary]?.index ?? -1) }, in: table)
                for (key, statistics) in found {
                    guard let described = places[key.dictionary]?.point else { continue }
                    let number = table == .quarters ? key.number * QuarterHour.length : key.number
                    let span = PointHistory.Span(number: number, statistics: statistics, point: described)
                    if table == .quarters { result.quarters.append(span) } else { result.days.append(span) }
                }
            }
        }
        return result
    }

    private func rows() -> (quarters: [HistoryFile.Key], days: [HistoryFile.Key]) {
        var found: (quarters: [HistoryFile.Key], days: [HistoryFile.Key]) = ([], [])
        attempt { (file) throws(StorageError) in
            found.quarters = try file.keys(.min ... .max, in: .quarters)
            found.days = try file.keys(.min ... .max, in: .days)
        }
        return found
    }

    private func place(
        of point: String, device: String, in id: DictionaryID
    ) -> (index: PointIndex, point: DescribedPoint)? {
        var packed: [UInt8]?
        attempt { (file) throws(StorageError) in packed = try file.dictionary(id) }
        guard let packed, let json = try? HistoryRecord.unpack(dictionary: packed),
            let dictionary = try? PointDictionary(json: json),
            let index = dictionary.points.firstIndex(where: { $0.device == device && $0.point == point })
        else { return nil }
        return (index, dictionary.points[index])
    }

    private func spans(
        _ keys: [(HistoryFile.Key, PointIndex)], in table: HistoryFile.Table
    ) -> [(HistoryFile.Key, Statistics)] {
        var found: [(HistoryFile.Key, Statistics)] = []
        attempt { (file) throws(StorageError) in
            for (key, index) in keys {
                guard let record = try file.record(key, in: table), let all = try? HistoryRecord.decode(record),
                    let mine = all.first(where: { $0.point == index })
                else { continue }
                found.append((key, mine.statistics))
            }
        }
        return found
    }
}
