internal import GatewayAgent
internal import GatewayModel
internal import GatewayTestSupport
internal import Storage
internal import Uplink

extension Simulation {
    /// The next thing that happens.
    func tick() async throws {
        // An await that needs no other thread goes on inside the one before: without this the stack would grow. Each time
        // costs two switches of threads.
        ticks &+= 1
        if ticks % 16 == 0 { await Task.yield() }
        let (item, at) = agenda.next
        clock.advance(to: at)
        switch item {
        case .recovery: recover()
        case .strike: try await strike()
        case .start: start()
        case .firstBus: turnBus(0)
        case .secondBus: turnBus(1)
        case .gather: await gather()
        case .store: await useStore { await $0.store() }
        case .clock: await lookAtClock()
        case .upkeep: await useStore { await $0.maintain() }
        case .errand: await useStore { await $0.runErrands() }
        case .firstLink: turnLink(0)
        case .secondLink: turnLink(1)
        case .firstReceiver: await turnReceiver(0)
        case .secondReceiver: await turnReceiver(1)
        case .watch: watch()
        }
        if let process, !process.errands.isEmpty { agenda.bring(.errand, forwardTo: max(now, storeIsBusyUntil)) }
        for index in links.indices {
            agenda[Agenda.link(index)] = links[index].next.map { max($0, now) } ?? Agenda.never
        }
        try await dieInWriteIfDue()
    }

    /// Never at this very moment again, so that time goes on.
    private func moment(_ time: BootTime) -> Nanoseconds { max(clock.truth(at: time), now + 1_000) }

    // MARK: - The process

    private func start() {
        agenda[.start] = Agenda.never
        guard process == nil else { return }
        // All of the last process has let go by now.
        if let ended { agentMemory = AgentMemory(bytes: ended.heap - HeapUse.bytes, age: ended.age) }
        log.begin(clock.boot)
        pace.restart()
        process = AgentProcess(
            station.configuration, directory: directory, vfs: "faulty", clock: clock, executor: executor,
            sabotage: options.sabotage)
        (lastAllStored, started) = (now, now)
        storeIsBusyUntil = 0
        tell("starts")
        for index in 0..<2 { agenda[Agenda.bus(index)] = now }
        agenda[.gather] = now + .milliseconds(100)
        agenda[.clock] = now
        agenda[.store] = now + .milliseconds(5)
        agenda[.upkeep] = now + Nanoseconds(DataPath.upkeep)
    }

    private func turnBus(_ index: Int) {
        guard var process else { return }
        let time = clock.bootTime()
        let readings = process.buses[index].act(
            now: time, truth: now, offset: process.path.clock.offset, world: field, random: &busRandom)
        agenda[Agenda.bus(index)] = moment(process.buses[index].next)
        if process.buses[index].misread > 0 { complaints.add("a register was decoded wrong") }
        self.process = process
        guard !readings.isEmpty else { return }
        for reading in readings where reading.quality == .good {
            log.note(reading, boot: clock.boot, truth: now)
            if let problem = pace.note(reading, truth: now) { complaints.add(problem) }
        }
        process.path.ring.accept(readings)
        agenda.bring(.gather, forwardTo: now + .milliseconds(100))
    }

    private func gather() async {
        guard let process else { return }
        let due = await process.path.gather()
        agenda[.gather] = min(due.map(moment) ?? Agenda.never, now + .seconds(10))
        let (waiting, capacity) = process.path.waiting
        mostWaiting = max(mostWaiting, waiting)
        if waiting > capacity { complaints.add("\(waiting) batches wait for the store, at most \(capacity) may") }
        if waiting > 0, process.storeIsOpen { agenda.bring(.store, forwardTo: now) }
    }

    private func lookAtClock() async {
        guard storeIsBusyUntil <= now else { return agenda[.clock] = storeIsBusyUntil }
        guard let process else { return }
        if !process.hasRecalledClock {
            self.process?.hasRecalledClock = true
            await process.path.recallClock()
        }
        agenda[.clock] = now + Nanoseconds(await process.path.lookAtClock())
        wakeReceivers()
    }

    // MARK: - The store's thread

    /// Waits as long as the store's thread is in a slow sync, and lets each use have one while the disk is slow.
    private func useStore(_ body: (Simulation) async -> Void) async {
        let item = agenda.next.item
        if storeIsBusyUntil > now { return agenda[item] = storeIsBusyUntil }
        if now < diskIsSlowUntil, process?.hasWaited == false {
            process?.hasWaited = true
            storeIsBusyUntil = now + random.between(.milliseconds(50), .seconds(5))
            return agenda[item] = storeIsBusyUntil
        }
        process?.hasWaited = false
        await body(self)
        wakeReceivers()
    }

    private func wakeReceivers() {
        for index in process?.receivers.indices ?? 0..<0 { agenda.bring(Agenda.receiver(index), forwardTo: now) }
    }

    private func store() async {
        agenda[.store] = Agenda.never
        guard let process else { return }
        guard process.storeIsOpen else { return await openStore(process) }
        let isLeft = await process.path.storeWaiting()
        tell("stored up to \(process.path.outbox.status.lastSequence), \(process.path.waiting.batches) left")
        if isLeft {
            agenda[.store] = now + Nanoseconds(DataPath.storePause)
        } else {
            lastAllStored = now
            // What the store wants told is in the open batch now.
            agenda.bring(.gather, forwardTo: now + .milliseconds(100))
        }
    }

    private func openStore(_ process: AgentProcess) async {
        guard await process.path.openStore() else {
            if process.path.isVolatile { self.process?.startReceivers(links, seed: options.seed) }
            return agenda[.store] = now + Nanoseconds(DataPath.storePause)
        }
        tell(
            "store is open: \(process.path.outbox.status.batches) batches, the last is \(process.path.outbox.status.lastSequence)"
        )
        self.process?.storeIsOpen = true
        self.process?.startReceivers(links, seed: options.seed)
        agenda[.store] = now + .milliseconds(1)
        agenda.bring(.gather, forwardTo: now + .milliseconds(100))
    }

    private func maintain() async {
        agenda[.upkeep] = now + Nanoseconds(DataPath.upkeep)
        await process?.path.maintain()
    }

    private func runErrands() async {
        agenda[.errand] = Agenda.never
        for errand in process?.errands.takeAll() ?? [] { await errand() }
    }

    // MARK: - The receivers

    private func turnLink(_ index: Int) {
        links[index].work()
        if process?.receivers.indices.contains(index) == true { agenda.bring(Agenda.receiver(index), forwardTo: now) }
    }

    private func turnReceiver(_ index: Int) async {
        agenda[Agenda.receiver(index)] = Agenda.never
        guard let receivers = process?.receivers, receivers.indices.contains(index) else { return }
        let (status, next) = await receivers[index].step()
        if status.inFlight > 16 { complaints.add("\(links[index].name): \(status.inFlight) batches on their way") }
        agenda[Agenda.receiver(index)] = next.map { max(moment($0), now + .milliseconds(1)) } ?? Agenda.never
    }
}
