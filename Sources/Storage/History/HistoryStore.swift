package import GatewayModel
package import Logging
package import Telemetry
package import ThreadExecutor

/// The local history: min, mean and max of every point for each quarter of an hour of 7 days and for each local day of
/// 2 years, in a file of its own.
///
/// Kept for the technician at the box and sent to nobody: a damaged file is set aside and a new one begun, and what cannot
/// be written is forgotten. Runs on the thread of its executor; each call is a bounded piece of work.
package actor HistoryStore {
    private let directory: String
    private let pages: Int64
    private let days: LocalDays
    private let time: any TimeSource
    private let executor: ThreadExecutor
    private let logger: Logger
    private let vfs: String?
    private var file: HistoryFile?
    private var nextTry = BootTime(nanoseconds: 0)
    private var isInTrouble = false
    var folding: DayFolding?
    /// A day may be over that has no value yet.
    var mayFold = true
    private var lastDay: Int64?

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - points: of the configuration; they bound the file.
    ///   - executor: may be the ``Outbox``'s.
    ///   - vfs: the SQLite VFS that tests let fail.
    package init(
        directory: String, points: Int, days: LocalDays, time: any TimeSource, executor: ThreadExecutor,
        logger: Logger, vfs: String? = nil
    ) {
        self.directory = directory
        pages = HistoryLimits.pages(points: points)
        self.days = days
        self.time = time
        self.executor = executor
        self.logger = logger
        self.vfs = vfs
    }

    /// Stores a quarter; one that is there already (the agent was restarted in it) is added to. Durable when this
    /// returns true.
    ///
    /// - Parameter json: the text of the dictionary; asked for only when it is new.
    /// - Returns: false: the disk cannot be written, and the quarter is forgotten.
    @discardableResult
    package func append(
        _ quarter: QuarterHour.Closed, dictionary: DictionaryID, json: @Sendable () -> [UInt8]
    ) async -> Bool {
        attempt { (file) throws(StorageError) in
            let key = HistoryFile.Key(number: quarter.number, dictionary: dictionary)
            mayFold = true
            var record = quarter.record
            if let before = try file.record(key, in: .quarters) { record = Self.sum(before, record) }
            let packed = try file.hasDictionary(dictionary) ? nil : HistoryRecord.pack(dictionary: json())
            try makingRoom(in: file) { () throws(StorageError) in
                try file.connection.transaction { () throws(StorageError) in
                    if let packed { try file.add(packed, as: dictionary) }
                    try file.save(record, as: key, in: .quarters)
                    try file.forget(before: quarter.number - HistoryLimits.quarters + 1, in: .quarters)
                }
            }
        }
    }

    /// A part of what is to be done for days that are over. Call it every few seconds, with the time when it is known.
    package func maintain(utcMilliseconds now: Int64) async {
        let today = days.day(now)
        if today != lastDay { mayFold = true }
        lastDay = today
        guard mayFold else { return }
        attempt { (file) throws(StorageError) in try fold(before: today, now: now, in: file) }
    }

    package func close() async { file = nil }

    /// The local day that a quarter lies in.
    func day(ofQuarter number: Int64) -> Int64 { days.day(number * QuarterHour.length) }

    // MARK: - The file

    @discardableResult
    func attempt(_ body: (HistoryFile) throws(StorageError) -> Void) -> Bool {
        guard let file = opened() else { return false }
        do {
            try body(file)
            if file.connection.walFrames >= HistoryLimits.checkpointFrames { try file.connection.checkpoint() }
            if isInTrouble { logger.info("history can be written again") }
            isInTrouble = false
            return true
        } catch {
            note(error)
            // Opened anew before the next write; a damaged one is then found out and set aside.
            self.file = nil
            if error.code.meansDamage { setAside(error) }
            return false
        }
    }

    private func opened() -> HistoryFile? {
        if let file { return file }
        let now = time.bootTime()
        guard now >= nextTry else { return nil }
        nextTry = now + .seconds(60)
        let path = "\(directory)/\(HistoryFile.name)"
        do {
            let file = try HistoryFile(path: path, pages: pages, vfs: vfs)
            try file.connection.checkpoint()
            self.file = file
        } catch {
            note(error)
            if error.code.meansDamage || SetAside.isUnusable(path, error) { setAside(error) }
            file = try? HistoryFile(path: path, pages: pages, vfs: vfs)
        }
        if file != nil { nextTry = now }
        return file
    }

    private func setAside(_ error: StorageError) {
        folding = nil
        guard let name = try? SetAside.move(HistoryFile.name, in: directory, at: time.realTime()) else { return }
        logger.error("damaged history set aside", metadata: ["file": "\(name)", "error": "\(error)"])
    }

    private func note(_ error: StorageError) {
        if !isInTrouble { logger.warning("history cannot be written", metadata: ["error": "\(error)"]) }
        isInTrouble = true
    }

    /// At the file's own limit the oldest quarters go, then the oldest days.
    func makingRoom(in file: HistoryFile, _ body: () throws(StorageError) -> Void) throws(StorageError) {
        for _ in 0..<64 {
            do {
                return try body()
            } catch {
                guard error.code.primary == .full else { throw error }
                let range = Int64.min...Int64.max
                let quarters = try file.keys(range, in: .quarters, limit: 2)
                let table: HistoryFile.Table = quarters.count > 1 ? .quarters : .days
                guard let oldest = try file.keys(range, in: table, limit: 1).first else { throw error }
                try file.delete(oldest, in: table)
            }
        }
    }

    /// Two records of the same points as one.
    private static func sum(_ a: [UInt8], _ b: [UInt8]) -> [UInt8] {
        guard let first = try? HistoryRecord.decode(a), let second = try? HistoryRecord.decode(b) else { return b }
        var all: [PointIndex: Statistics] = [:]
        for (point, statistics) in first + second { all[point, default: Statistics()].add(statistics) }
        return HistoryRecord.encode(all.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }
}
