internal import Foundation
internal import GatewayAgent
internal import GatewayModel
internal import GatewayTestSupport
internal import Storage
internal import Uplink

extension Simulation {
    /// Power cut or SIGKILL: the process is no more, and the next one finds what the disk kept.
    func die(powerIsCut: Bool) async throws {
        guard let process else { return }
        tell("\(powerIsCut ? "the power goes" : "killed"), \(process.path.waiting.batches) batches not stored")
        excuseWhatMayBeLost(process)
        let target = "\(root)/\(generation + 1)"
        if powerIsCut {
            try disk.imageAfterPowerCut(in: target, using: &random)
            // The mark is not synced: it may be there, or not.
            if random.chance(0.5) { try copy(["outbox.mark"], to: target) }
        } else {
            try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
            try copy(
                [
                    "outbox.sqlite", "outbox.sqlite-wal", "outbox.mark", "state.sqlite", "state.sqlite-wal",
                    "history.sqlite", "history.sqlite-wal",
                ], to: target)
        }
        await abandonProcess()
        // Whatever the abandoned connection still writes goes nowhere.
        let fails = now < diskFailsUntil
        disk.fail(.write(after: 0, forEver: true, code: 10))
        disk.retire()
        generation += 1
        disk = FaultyDisk(directory: directory)
        if options.sabotage == .lyingDisk { disk.lies(true) }
        if fails { disk.fail(.write(after: 0, forEver: true, code: 10)) }
        deathInWrite = nil
        try FileManager.default.removeItem(atPath: "\(root)/\(generation - 1)")
        if powerIsCut {
            powerOn(after: random.around(options.weather.darkness))
        } else {
            agenda[.start] = now + random.around(.seconds(3))
        }
    }

    func dieInWriteIfDue() async throws {
        guard let deathInWrite, disk.operations.count > deathInWrite else { return }
        try await die(powerIsCut: true)
    }

    /// What was read less than `seal` and a second ago; and, while the disk does not take what is sealed, all since.
    private func excuseWhatMayBeLost(_ process: AgentProcess) {
        let isStuck = process.path.waiting.batches > 0 || !process.storeIsOpen || storeIsBusyUntil > now
        let margin = station.configuration.store.seal + .seconds(1)
        if isStuck { log.excuse(clock.boot, after: min(lastAllStored, now) - margin, as: .diskFailed) }
        log.excuse(clock.boot, after: now - margin, as: .unsealed)
    }

    func abandonProcess() async {
        for link in links { link.client?.abandon() }
        // The store knows the receivers and they know the store: a process that is no more must not keep its memory.
        process?.path.setListener { _ in }
        if process != nil { ended = (HeapUse.bytes, now - started) }
        process = nil
        agenda.forgetProcess()
    }

    private func copy(_ names: [String], to target: String) throws {
        for name in names where FileManager.default.fileExists(atPath: "\(directory)/\(name)") {
            let copied = "\(target)/\(name)"
            if FileManager.default.fileExists(atPath: copied) { try FileManager.default.removeItem(atPath: copied) }
            try FileManager.default.copyItem(atPath: "\(directory)/\(name)", toPath: copied)
        }
    }

    /// As `GatewayAgent.stop`.
    func stopCleanly() async throws {
        guard let process else { return }
        for bus in 0..<2 { agenda[Agenda.bus(bus)] = Agenda.never }
        tell("stops")
        // A request on its way is given up; its answer was never a reading.
        for item in [Agenda.Item.gather, .store, .clock, .upkeep] { agenda[item] = Agenda.never }
        if await process.path.finish() > 0 { excuseWhatMayBeLost(process) }
        await moveReceivers(until: clock.bootTime() + .seconds(1)) { receivers in
            zip(receivers, process.path.outbox.status.receivers).contains {
                $0.connected && ($1.unacknowledged > 0 || (process.path.isVolatile && process.path.waiting.batches > 0))
            }
        }
        let goodBye = clock.bootTime() + .seconds(1)
        for receiver in process.receivers { receiver.stop(by: goodBye) }
        await moveReceivers(until: goodBye) { _ in true }
        await process.path.close()
        await abandonProcess()
    }

    /// Only the receivers and their links go on, in steps of 5 ms.
    private func moveReceivers(
        until deadline: BootTime, while goesOn: ([(connected: Bool, isDone: Bool)]) -> Bool
    ) async {
        guard let process else { return }
        while clock.bootTime() < deadline {
            var states: [(connected: Bool, isDone: Bool)] = []
            for receiver in process.receivers {
                let (status, next) = await receiver.step()
                states.append((status.connected, next == nil))
            }
            for errand in process.errands.takeAll() { await errand() }
            guard goesOn(states), !states.allSatisfy(\.isDone) else { return }
            clock.advance(to: now + .milliseconds(5))
            for link in links { link.work() }
        }
    }
}
