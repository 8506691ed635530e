internal import Foundation
internal import GatewayAgent
internal import GatewayModel
internal import GatewayTestSupport
internal import Storage
internal import ThreadExecutor

/// The life of one gateway: the real agent code on a virtual clock, bus, disk and link. One seed decides everything.
///
/// It runs on one thread, which is also the store's and the receivers', and does one thing after another in the order
/// of virtual time, so that the same seed always gives the same life.
actor Simulation {
    struct Options: Sendable {
        var seed: UInt64
        /// How long it lives before everything is healed and has to arrive.
        var length: Nanoseconds
        var weather: Weather
        var storeSize: Int64 = 1 << 20
        var sabotage: Sabotage?
        /// Told what happens, as it happens.
        var trace: (@Sendable (String) -> Void)?
        /// Called after each simulated day with what the process holds.
        var daily: (@Sendable (DaySample) -> Void)?
    }

    /// 2026-11-25T00:00:00Z.
    static let beginning = Nanoseconds.seconds(1_795_564_800)

    let options: Options
    let station: SimulatedStation
    let clock: VirtualClock
    let links: [VirtualLink]
    let busOf: [Int]
    nonisolated let executor: ThreadExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    var random: SeededRandom
    var busRandom: SeededRandom
    var agenda = Agenda()
    var ticks: UInt64 = 0
    var process: AgentProcess?
    var field = FieldWorld()
    var strikes: [(hazard: Hazard, at: Nanoseconds)]
    var recoveries: [(at: Nanoseconds, what: Recovery)] = []

    let root: String
    var generation = 0
    var disk: FaultyDisk
    /// The power goes with this operation of the disk.
    var deathInWrite: Int?
    var diskFailsUntil: Nanoseconds = 0
    var diskIsSlowUntil: Nanoseconds = 0
    /// The store is in a slow sync until then.
    var storeIsBusyUntil: Nanoseconds = 0
    var lastAllStored: Nanoseconds = beginning
    /// Of the present process.
    var started: Nanoseconds = beginning
    /// Of the last process: what the heap held just before its end, and how long it had lived.
    var ended: (heap: Int, age: Nanoseconds)?
    var agentMemory: AgentMemory?
    var bootNumber: UInt64 = 0
    var dayEnds: Nanoseconds = beginning

    var log: ReadingLog
    var platforms: [Platform]
    var complaints = Complaints()
    var pace: PollingPace
    var counts: [Hazard: Int] = [:]
    var mostWaiting = 0
    var largestStore: Int64 = 0
    /// What was read before has to be accounted for.
    var judged: Nanoseconds = 0

    init(_ options: Options) throws {
        self.options = options
        let station = SimulatedStation(seed: options.seed, storeSize: options.storeSize)
        let clock = VirtualClock(truth: Self.beginning)
        self.station = station
        self.clock = clock
        executor = ThreadExecutor(name: "agentsim")
        links = station.configuration.uplinks.map { VirtualLink(name: $0.id, clock: clock, seed: options.seed) }
        busOf = station.configuration.points.map { point in
            station.configuration.devices.first { $0.id == point.device }?.bus == "line" ? 0 : 1
        }
        random = SeededRandom(seed: options.seed, stream: "life")
        busRandom = SeededRandom(seed: options.seed, stream: "bus")
        log = ReadingLog(points: station.configuration.points.count)
        let batches = Int(options.length / station.configuration.store.seal) + 1_000
        platforms = station.configuration.uplinks.map { Platform(name: $0.id, expectedBatches: batches) }
        pace = PollingPace(station.configuration)
        var strikes: [(hazard: Hazard, at: Nanoseconds)] = []
        for hazard in Hazard.allCases {
            guard let mean = options.weather.mean[hazard] else { continue }
            strikes.append((hazard, Self.beginning + random.around(mean)))
        }
        self.strikes = strikes
        // In memory: no figure here is a disk's speed.
        let shared = FileManager.default.isWritableFile(atPath: "/dev/shm")
        root = (shared ? "/dev/shm/" : NSTemporaryDirectory()) + "agentsim-\(getpid())-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: "\(root)/0", withIntermediateDirectories: true)
        disk = FaultyDisk(directory: "\(root)/0")
        if options.sabotage == .lyingDisk { disk.lies(true) }
    }

    var directory: String { "\(root)/\(generation)" }
    var now: Nanoseconds { clock.truth }

    /// Lives, heals, drains, stops, judges.
    func run() async throws -> Report {
        defer { try? FileManager.default.removeItem(atPath: root) }
        for (index, link) in links.enumerated() { connect(link, index) }
        let end = Self.beginning + options.length
        powerOn(after: 0)
        agenda[.watch] = now
        agenda[.strike] = strikes.map(\.at).min() ?? Agenda.never
        while now < end, complaints.count == 0 { try await tick() }
        if complaints.count == 0 { try await healAndDrain() }
        let report = report()
        await abandonProcess()
        return report
    }

    private func connect(_ link: VirtualLink, _ index: Int) {
        let isJSON = station.configuration.uplinks[index].profile == .json
        if station.configuration.uplinks[index].acknowledgement == .platform {
            link.platform = PlatformManner(delay: .seconds(20), percentTwice: 10, percentNever: 2)
        }
        link.deliver = { [unowned self] _, payload in
            // The link lives on this actor's thread.
            self.assumeIsolated { $0.delivered(payload, to: index, isJSON: isJSON) }
        }
    }

    private func delivered(_ payload: [UInt8], to index: Int, isJSON: Bool) {
        if isJSON { return platforms[index].takeJSON(payload, complaints: &complaints) }
        platforms[index].take(
            payload, busOf: busOf, truth: now, log: &log, settles: index == 0, complaints: &complaints)
    }

    func tell(_ text: @autoclosure () -> String) {
        guard let trace = options.trace else { return }
        let boot = process == nil ? "off" : "boot \(bootNumber) at \(clock.bootTime().milliseconds) ms"
        trace("\((now - Self.beginning) / .milliseconds(1)) ms, \(boot): \(text())")
    }

    // MARK: - The end

    private func healAndDrain() async throws {
        tell("all is well from now on")
        agenda[.strike] = Agenda.never
        recoveries = []
        agenda[.recovery] = Agenda.never
        deathInWrite = nil
        disk.fail(.none)
        diskFailsUntil = 0
        diskIsSlowUntil = 0
        field.healAll()
        for link in links { heal(link) }
        if process == nil { agenda[.start] = now }
        let begun = now
        let limit = begun + .hours(2) + options.length / 10
        var look = now
        while now < limit, complaints.count == 0 {
            try await tick()
            guard now >= look else { continue }
            look = now + .seconds(20)
            if clock.isSynchronised == false { synchronise() }
            if isDrained { break }
        }
        guard complaints.count == 0 else { return }
        if !isDrained {
            complaints.add("not everything has arrived \((now - begun) / .minutes(1)) minutes after all was well")
        }
        // The last batch may be on its way at the stop.
        judged = now - station.configuration.store.seal - .seconds(30)
        compareAlarms()
        try await stopCleanly()
        let census = log.census(before: judged)
        for lost in census.first {
            complaints.add(
                "point \(lost.point), read at \(lost.entry.milliseconds) ms of boot \(lost.boot + 1), never arrived and"
                    + (lost.entry.excuse == nil ? " had to be stored" : " no gap speaks of it"))
        }
        if census.losses.unaccounted > census.first.count {
            complaints.add("\(census.losses.unaccounted) readings are lost like these")
        }
    }

    /// A batch that was given up took its events with it, and a gap says so.
    private func compareAlarms() {
        guard let process, [.overrun, .evicted, .corrupt].allSatisfy({ platforms[0].tally.gaps[$0] == nil }) else {
            return
        }
        let time = clock.bootTime() - station.configuration.store.seal - .seconds(30)
        for text in platforms[0].alarms.differences(
            from: process.path.alarms.active, boot: Int(bootNumber), before: time)
        {
            complaints.add("at the end, alarm \(text)")
        }
    }

    private var isDrained: Bool {
        guard let process, process.storeIsOpen else { return false }
        guard log.isComplete(before: now - station.configuration.store.seal - .seconds(30)) else { return false }
        return process.path.outbox.status.receivers.allSatisfy { $0.unacknowledged <= 2 }
    }
}
