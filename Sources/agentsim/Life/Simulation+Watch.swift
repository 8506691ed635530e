internal import Foundation
internal import GatewayAgent
internal import GatewayModel
internal import GatewayTestSupport
internal import Storage

/// What the process holds at the end of a simulated day.
struct DaySample: Sendable {
    var day: Int
    /// Bytes of this whole process that no file backs: agent, world and oracles.
    var anonymous: Int
    /// What the agent gave back when its process ended last, and how long that had lived; nil: it never ended.
    var agent: AgentMemory?
    /// What SQLite holds now, which is the agent's.
    var database: Int
    /// What the virtual disk holds: the bytes of the agent's files.
    var files: Int64
    /// Readings that the log of the oracle holds.
    var outstanding: Int
    var batches: UInt64
}

/// What one run of the agent's process held when it ended.
struct AgentMemory: Sendable {
    /// Bytes of the heap.
    var bytes: Int
    var age: Nanoseconds
}

extension Simulation {
    /// Every ten minutes: bounds, and at the end of a day what memory it takes.
    func watch() {
        agenda[.watch] = now + .minutes(10)
        let store = size(["outbox.sqlite", "outbox.sqlite-wal", "outbox.mark"])
        largestStore = max(largestStore, store)
        if store > station.configuration.store.size {
            complaints.add("the store takes \(store) bytes of \(station.configuration.store.size)")
        }
        if let process, process.path.ring.fill.waiting > process.path.ring.fill.capacity {
            complaints.add("the ring holds more than it may")
        }
        log.forget(at: now)
        guard now >= dayEnds + .days(1) else { return }
        dayEnds += .days(1)
        options.daily?(
            DaySample(
                day: Int((dayEnds - Self.beginning) / .days(1)), anonymous: Self.anonymousMemory(),
                agent: agentMemory, database: HeapUse.bytesOfSQLite,
                files: size(["outbox.sqlite", "outbox.sqlite-wal", "state.sqlite", "state.sqlite-wal"])
                    + size(["history.sqlite", "history.sqlite-wal"]),
                outstanding: log.outstanding, batches: process?.path.outbox.status.lastSequence ?? 0))
    }

    private func size(_ names: [String]) -> Int64 {
        names.reduce(0) { sum, name in
            var status = stat()
            return sum + (stat("\(directory)/\(name)", &status) == 0 ? Int64(status.st_size) : 0)
        }
    }

    /// `RssAnon` of /proc/self/status; 0 where that cannot be read.
    private static func anonymousMemory() -> Int {
        guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return 0 }
        for line in text.split(separator: "\n") where line.hasPrefix("RssAnon:") {
            return (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
        }
        return 0
    }

    func report() -> Report {
        let census = log.census(before: judged)
        return Report(
            seed: options.seed, days: Double(now - Self.beginning) / Double(Nanoseconds.days(1)), faults: counts,
            readings: log.count, arrived: log.arrived, losses: census.losses, boots: bootNumber,
            receivers: zip(platforms, links).map {
                Report.Receiver(name: $0.name, tally: $0.tally, link: $1.tally, alarms: $0.alarms.count)
            },
            mostWaiting: mostWaiting, largestStore: largestStore, storeSize: station.configuration.store.size,
            longestPause: pace.longest, complaints: complaints)
    }
}
