internal import GatewayModel

extension Report {
    /// One line.
    var summary: String {
        let city = receivers.first
        return "seed \(seed): \(Self.rounded(days)) days, \(faults.values.reduce(0, +)) faults, \(readings) readings,"
            + " \(arrived) arrived, \(losses.unsealed) too young at a cut, \(losses.diskFailed) with a failing disk,"
            + " \(losses.explained) explained, \(losses.unaccounted) unaccounted; \(city?.tally.duplicates ?? 0) duplicates"
    }

    /// What failed, and how to see it again.
    func failure(command: String) -> String {
        let more = complaints.count > complaints.texts.count ? ["... \(complaints.count) in all"] : []
        return (["SEED=\(seed)"] + complaints.texts.map { "  \($0)" } + more + ["replay: \(command)"])
            .joined(separator: "\n")
    }

    static func rounded(_ value: Double) -> String {
        let tenths = Int((value * 100).rounded())
        return "\(tenths / 100).\(tenths % 100 < 10 ? "0" : "")\(tenths % 100)"
    }
}

/// The sum of several lives, as a table.
struct Totals {
    private(set) var lives = 0
    private var faults: [Hazard: Int] = [:]
    private var days = 0.0
    private var readings: UInt64 = 0
    private var arrived: UInt64 = 0
    private var losses = ReadingLog.Losses()
    private var complaints = 0
    private var batches = 0, duplicates = 0, untrusted = 0, volatile = 0
    private var boots: UInt64 = 0
    private var worstError: Nanoseconds = 0
    private var worstShare = 0.0
    private var longestPause: Nanoseconds = 0
    private var mostWaiting = 0
    private var fullest = 0.0
    private var gaps: [GapReason: Int] = [:]

    mutating func add(_ report: Report) {
        lives += 1
        faults.merge(report.faults, uniquingKeysWith: +)
        days += report.days
        readings += report.readings
        arrived += report.arrived
        losses.add(report.losses)
        complaints += report.complaints.count
        boots += report.boots
        for receiver in report.receivers {
            batches += receiver.tally.batches
            duplicates += receiver.tally.duplicates
            untrusted += receiver.tally.untrusted
            volatile += receiver.tally.volatile
            worstError = max(worstError, receiver.tally.worstError)
            worstShare = max(worstShare, receiver.tally.worstShare)
            gaps.merge(receiver.tally.gaps, uniquingKeysWith: +)
        }
        longestPause = max(longestPause, report.longestPause)
        mostWaiting = max(mostWaiting, report.mostWaiting)
        fullest = max(fullest, Double(report.largestStore) / Double(report.storeSize))
    }

    var table: String {
        let words = gaps.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key.name) \($0.value)" }
        let figures: [(String, String)] =
            [
                ("lives", "\(lives)"), ("simulated days", Report.rounded(days)), ("boots", "\(boots)"),
                ("good readings of the buses", "\(readings)"), ("arrived", "\(arrived)"),
                ("lost, read less than seal + 1 s before a cut or kill", "\(losses.unsealed)"),
                ("lost, in memory because the disk failed at a cut or kill", "\(losses.diskFailed)"),
                ("lost otherwise, and a gap record says why", "\(losses.explained)"),
                ("lost without a word", "\(losses.unaccounted)"),
                ("batches received", "\(batches)"), ("  again, the same bytes", "\(duplicates)"),
                ("  untrusted, told in boot time", "\(untrusted)"),
                ("  from memory, while the store could not be written", "\(volatile)"),
                ("gap records received", words.isEmpty ? "0" : words.joined(separator: ", ")),
                ("worst error of a trusted time, ms", "\(worstError / 1_000_000)"),
                ("  as a share of what it stated, %", Report.rounded(100 * worstShare)),
                ("longest pause of a healthy point, s", Report.rounded(Double(longestPause) / 1e9)),
                ("most batches waiting for the store (of 512)", "\(mostWaiting)"),
                ("fullest store, % of its size", Report.rounded(100 * fullest)),
                ("complaints of the oracles", "\(complaints)"),
            ]
            + Hazard.allCases.map { ("fault: \($0.rawValue)", "\(faults[$0] ?? 0)") }
        let width = figures.map(\.0.count).max() ?? 0
        return figures.map { $0.0 + String(repeating: " ", count: width - $0.0.count + 2) + $0.1 }
            .joined(separator: "\n")
    }
}
