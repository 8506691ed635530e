internal import GatewayModel
internal import GatewayTestSupport

/// What a fault's end does.
enum Recovery: Sendable {
    case disk, refusal, lostAcknowledgements
    case halfOpen(Int), outage(Int)
}

extension Simulation {
    private static let full: CInt = 13
    private static let ioErrorOnWrite: CInt = 10 | 3 << 8

    func strike() async throws {
        guard let index = strikes.indices.min(by: { strikes[$0].at < strikes[$1].at }) else { return }
        let hazard = strikes[index].hazard
        let mean = options.weather.mean[hazard] ?? options.length
        strikes[index].at = now + random.around(mean)
        agenda[.strike] = strikes.map(\.at).min() ?? Agenda.never
        tell(hazard.rawValue)
        guard try await happens(hazard) else { return }
        counts[hazard, default: 0] += 1
    }

    /// - Returns: false when it cannot happen now.
    private func happens(_ hazard: Hazard) async throws -> Bool {
        switch hazard {
        case .powerCut, .powerCutInWrite, .kill, .cleanStop, .reboot: return try await end(by: hazard)
        case .writeError, .syncError, .diskFull, .diskGone, .diskSlow: return failDisk(hazard)
        case .clockStep, .timeServer, .timeServerLost: return disturbClock(hazard)
        case .deviceSilent, .deviceSpoils, .deviceRefuses, .portLost: return disturbField(hazard)
        default: return disturbLink(hazard, Int.random(in: links.indices, using: &random))
        }
    }

    private func end(by hazard: Hazard) async throws -> Bool {
        guard process != nil, deathInWrite == nil else { return false }
        switch hazard {
        case .powerCut: try await die(powerIsCut: true)
        case .kill: try await die(powerIsCut: false)
        case .powerCutInWrite:
            guard now >= diskFailsUntil else { return false }
            // Any call of SQLite's: a read, a write, a sync, a truncation.
            let operations = Int.random(in: 0...120, using: &random)
            deathInWrite = operations
            disk.fail(.operation(after: operations, forEver: true))
        case .reboot:
            try await stopCleanly()
            powerOn(after: random.between(.seconds(5), .seconds(60)))
        default:
            try await stopCleanly()
            agenda[.start] = now + random.around(.seconds(5))
        }
        return true
    }

    private func failDisk(_ hazard: Hazard) -> Bool {
        guard deathInWrite == nil, now >= diskFailsUntil else { return false }
        let after = Int.random(in: 0...20, using: &random)
        switch hazard {
        case .writeError: disk.fail(.write(after: after, forEver: false, code: Self.ioErrorOnWrite))
        case .syncError: disk.fail(.sync(after: after / 4, forEver: false))
        case .diskSlow: diskIsSlowUntil = now + random.around(options.weather.diskFailure)
        default:
            let code = hazard == .diskFull ? Self.full : Self.ioErrorOnWrite
            disk.fail(.write(after: 0, forEver: true, code: code))
            diskFailsUntil = now + random.around(options.weather.diskFailure)
            plan(.disk, at: diskFailsUntil)
        }
        return true
    }

    // MARK: - Clock

    private func disturbClock(_ hazard: Hazard) -> Bool {
        switch hazard {
        case .timeServer: synchronise()
        case .timeServerLost: clock.loseServer(rate: crystal())
        default:
            let wall: Nanoseconds
            switch Int.random(in: 0...4, using: &random) {
            case 0: wall = .seconds(Int64.random(in: 0...1_000_000, using: &random))
            case 1: wall = clock.realTime() + random.between(-.days(400), .days(400))
            default: wall = clock.realTime() + random.between(-.hours(6), .hours(6))
            }
            clock.set(to: max(wall, 0), rate: crystal())
        }
        return true
    }

    func synchronise() {
        let stated = random.between(.milliseconds(1), .seconds(1))
        clock.synchronise(error: random.between(-stated, stated), stated: stated)
    }

    /// Parts per billion that this board's crystal is off, within 50 ppm.
    private func crystal() -> Int64 { Int64.random(in: -50_000...50_000, using: &random) }

    /// The board comes up again, with what its clock then says.
    func powerOn(after darkness: Nanoseconds) {
        let before = clock.realTime()
        clock.advance(to: now + darkness)
        bootNumber += 1
        let uptime = random.between(.seconds(3), .seconds(25))
        // Whole seconds, and some drift; one in ten is dead.
        let battery =
            random.chance(0.9) && station.configuration.board.hasBatteryClock
            ? random.between(-.milliseconds(1_500), .milliseconds(1_500)) : nil
        // What systemd-timesyncd saved, or nothing.
        let wall = random.chance(0.5) ? before : uptime
        clock.powerOn(boot: .numbered(bootNumber), uptime: uptime, rate: crystal(), battery: battery, wall: wall)
        agenda[.start] = now
    }

    // MARK: - Field

    private func disturbField(_ hazard: Hazard) -> Bool {
        let until = now + random.around(options.weather.illness)
        guard hazard != .portLost else {
            let bus = random.pick(station.configuration.buses).id
            field.losePort(bus, until: until)
            pace.disturb(bus, until: until)
            return true
        }
        let device = random.pick(station.configuration.devices)
        let ailment: FieldWorld.Ailment =
            switch hazard {
            case .deviceSilent: .silent
            case .deviceSpoils: .spoils
            default: .refuses
            }
        field.fallIll(device.id, ailment, until: until)
        pace.disturb(device.id, until: until)
        return true
    }

    // MARK: - Link

    private func disturbLink(_ hazard: Hazard, _ index: Int) -> Bool {
        let link = links[index]
        switch hazard {
        case .linkReset: link.reset()
        case .linkLatency: link.latency = random.around(.milliseconds(random.pick([5, 40, 300, 2_000])))
        case .linkHalfOpen:
            link.isHalfOpen = true
            plan(.halfOpen(index), at: now + random.between(.seconds(20), .minutes(3)))
        case .lostAcknowledgements:
            link.percentOfLostAcknowledgements = random.pick([2, 10, 40])
            plan(.lostAcknowledgements, at: now + random.around(options.weather.outage))
        case .refusal:
            link.refusal = random.pick([0x10, 0x87, 0x97, 0x99])
            plan(.refusal, at: now + random.around(options.weather.outage))
        default:
            link.reset()
            link.weather = random.pick([.refusedPort, .dark, .noName, .refusedLogin])
            let isLong = random.chance(0.1)
            plan(.outage(index), at: now + random.around(options.weather.outage * (isLong ? 10 : 1)))
        }
        return true
    }

    func heal(_ link: VirtualLink) {
        link.weather = .fair
        link.isHalfOpen = false
        link.refusal = 0
        link.percentOfLostAcknowledgements = 0
        link.latency = .milliseconds(20)
    }

    // MARK: - Ends of faults

    private func plan(_ what: Recovery, at time: Nanoseconds) {
        recoveries.append((time, what))
        agenda.bring(.recovery, forwardTo: time)
    }

    func recover() {
        for (_, what) in recoveries.filter({ $0.at <= now }) {
            tell("over: \(what)")
            switch what {
            case .disk: disk.fail(.none)
            case .refusal: for link in links { link.refusal = 0 }
            case .lostAcknowledgements: for link in links { link.percentOfLostAcknowledgements = 0 }
            case .halfOpen(let index):
                // The way is free again, but nothing that was on it comes through.
                links[index].reset()
                links[index].isHalfOpen = false
            case .outage(let index): links[index].weather = .fair
            }
        }
        recoveries.removeAll { $0.at <= now }
        agenda[.recovery] = recoveries.map(\.at).min() ?? Agenda.never
    }
}
