internal import BusPlanning
internal import GatewayModel
internal import Logging

/// What a bus's thread tells: status, log lines, the flight recorder's faults.
extension BusLoop {
    /// Figures that are not counted but worked out.
    private static let surveyInterval: Nanoseconds = .seconds(5)

    func publishTransaction(_ asked: Int, _ transaction: Transaction, _ publish: Publish) {
        publish { status in
            if transaction.sent != nil, transaction.outcome != .stopped { status.requests += 1 }
            status.devices[asked].counters = conversation.counters[asked]
            status.devices[asked].lastGood = conversation.lastGood[asked]
            for stray in transaction.strays {
                guard let device = conversation.deviceOfUnit[stray.unit] else { continue }
                status.devices[device].counters = conversation.counters[device]
            }
        }
    }

    func report(_ publish: Publish) {
        let events = conversation.takeEvents()
        guard !events.isEmpty else { return }
        for event in events { log(event) }
        nextSurvey = wait.now
    }

    /// What led to a fault is kept in the flight recorder.
    func noteFaults(_ transaction: Transaction) {
        if burst.record(isSpoiled: transaction.outcome.isSpoiled) {
            recorder.freeze("burst of spoiled answers", at: transaction.end)
        }
    }

    private func log(_ event: BusEvent) {
        switch event {
        case .deviceSilent(let device, let quality):
            recorder.freeze("\(device) fell silent: \(quality.name)", at: wait.now)
            logger.warning("device is silent", metadata: ["device": "\(device)", "reason": "\(quality.name)"])
        case .deviceBack(let device):
            logger.notice("device answers again", metadata: ["device": "\(device)"])
        case .pointUnsupported(let point, let code):
            let definition = points[point]
            logger.warning(
                "device does not have this point",
                metadata: [
                    "device": "\(definition.device)", "point": "\(definition.id)", "exception": "\(code)",
                ])
        case .identity(let device, let expected, let seen):
            let what = expected == seen ? "the expected device answers again" : "another device answers"
            if expected != seen { recorder.freeze("\(device): another device answers", at: wait.now) }
            logger.warning("\(what)", metadata: ["device": "\(device)", "expected": "\(expected)", "seen": "\(seen)"])
        case .learnt(let device, let lesson):
            logger.info(
                "device refuses to be asked for this at once",
                metadata: [
                    "device": "\(device)", "what": "\(lesson)",
                ])
        }
    }

    /// Brings the figures up to date that are worked out rather than counted.
    func survey(_ publish: Publish) {
        let now = wait.now
        guard now >= nextSurvey else { return }
        nextSurvey = now + Self.surveyInterval
        let forecast = conversation.forecast()
        let load = self.load.share(at: now)
        let verdicts = VerdictJudge.judge(conversation.busCase(now: now, search: gaps.missing))
        publish { status in
            status.load = load
            status.requestsPerCycle = forecast.requests
            status.predictedCycle = forecast.cycle
            status.predictedLoad = forecast.totalLoad
            status.continuousCycle = forecast.continuousCycle
            status.overruns = conversation.schedule.overruns
            status.busyTime = conversation.schedule.busyTime
            status.probeTime = conversation.schedule.probeTime
            for device in status.devices.indices { conversation.describe(device, in: &status.devices[device]) }
            status.time = conversation.health.times.reduce(into: LineTime()) { $0 += $1 }
            status.verdicts = verdicts
            status.recorder = recorder.summary
        }
    }
}
