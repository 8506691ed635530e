internal import BusPlanning
internal import CLinux
internal import GatewayModel
internal import Glibc
internal import Logging

/// The thread of a bus at work: asks the conversation what is next, does it, tells it what was heard.
final class BusLoop {
    private let bus: BusConfiguration
    private let points: [PointDefinition]
    private let sink: any ReadingSink
    private let logger: Logger
    let wait: LineWait
    private let offset: @Sendable () -> Nanoseconds
    private let signals: RunSignals
    private let recorder: FlightRecorder
    private let opener: LinkOpener
    private var knownOffset: Nanoseconds
    var conversation: BusConversation
    var load: LoadMeter
    private var burst = ErrorBurst()
    var gaps: GapWork

    private var link: (any BusLink)?
    private var isLost = false
    /// Transactions in a row that ended with a lost link.
    private var strikes = 0
    private var backOff = BackOff()
    private var nextSurvey: BootTime
    /// Until then a refused connection is not called lost.
    private var graceEnd = BootTime(nanoseconds: .min)
    let isSerial: Bool

    typealias Publish = ((inout BusStatus) -> Void) -> Void

    /// The longest time without a sign of progress and a look at the clock's trust.
    private static let longestIdle: Nanoseconds = .seconds(1)
    /// Of -20 (first) to 19.
    private static let niceness: CInt = -10
    /// How long a far side may refuse after a connection was given up on purpose.
    private static let grace: Nanoseconds = .seconds(1)
    /// Figures that are not counted but worked out.
    private static let surveyInterval: Nanoseconds = .seconds(5)

    init(
        bus: BusConfiguration, devices: [DeviceConfiguration], points: [PointDefinition], sink: any ReadingSink,
        logger: Logger, wait: LineWait, recorder: FlightRecorder, signals: RunSignals,
        offset: @escaping @Sendable () -> Nanoseconds
    ) {
        self.bus = bus
        self.points = points
        self.sink = sink
        self.logger = logger
        self.wait = wait
        self.offset = offset
        self.recorder = recorder
        self.signals = signals
        opener = LinkOpener(bus.connection, wait: wait, recorder: recorder)
        if case .serial = bus.connection { isSerial = true } else { isSerial = false }
        knownOffset = offset()
        let now = wait.now
        nextSurvey = now
        load = LoadMeter(now: now)
        gaps = GapWork(bus, devices, now: now)
        conversation = BusConversation(bus: bus, devices: devices, points: points, offset: knownOffset, now: now)
    }

    func run(
        until isStopping: () -> Bool, inbox: () -> BusMail, publish: Publish,
        progress: (BootTime) -> Void
    ) {
        prepareThread()
        while !isStopping() {
            progress(wait.now)
            take(inbox(), publish)
            guard let link = openLink(publish) else { continue }
            followClock()
            var stale: [Reading] = []
            let step = conversation.next(now: wait.now, stale: &stale)
            deliver(stale)
            switch step {
            case .ask, .inquire:
                if useGap(link, until: wait.now, publish) { continue }
                transact(step, link, publish)
            case .idle(let until):
                survey(publish)
                if useGap(link, until: until, publish) { continue }
                _ = wait.sleep(until: min(until, wait.now + Self.longestIdle))
            }
        }
        link = nil
    }

    /// Timers of this thread end on time, since silences are counted in microseconds, and it goes before other threads,
    /// where that is allowed: it runs for tens of microseconds at a time, and a line stands still while it waits for a
    /// CPU. SIGPIPE is kept off it: libmodbus writes to sockets by write(2), and a peer that is gone must be an error
    /// and not the end.
    private func prepareThread() {
        CLinux_set_timer_slack(1)
        // On Linux 0 is the calling thread, not the process.
        setpriority(CInt(PRIO_PROCESS.rawValue), 0, Self.niceness)
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    private func followClock() {
        let now = offset()
        guard now != knownOffset else { return }
        knownOffset = now
        conversation.clockChanged(offset: now, now: wait.now)
    }

    // MARK: - The link

    /// nil: not open; the wait until the next attempt is over, or the worker is told to stop.
    private func openLink(_ publish: Publish) -> (any BusLink)? {
        if let link, !link.isSpent { return link }
        if link != nil { beginGrace() }
        link = nil
        do throws(TCPConnection.Failure) {
            let opened = try opener.open()
            link = opened
            linkIsOpen(publish)
            return opened
        } catch {
            guard case .refused(let reason) = error else { return nil }
            if wait.now >= graceEnd { portIsLost(reason, publish) }
            _ = wait.sleep(until: wait.now + backOff.next())
            return nil
        }
    }

    /// Converters that serve one connection at a time refuse the next one until they have noticed the end of the last.
    private func beginGrace() {
        if !isSerial { graceEnd = wait.now + Self.grace }
    }

    private func linkIsOpen(_ publish: Publish) {
        guard isLost else {
            publish { $0.state = .polling }
            return
        }
        conversation.reopened(now: wait.now)
        // A port that opens may still fail at every write, so it is back when a transaction has shown that it works.
        // A connection has shown it by being there; were a transaction asked for, a device that the far side hangs up
        // on could keep all others away.
        if !isSerial { portIsBack(publish) }
    }

    func portIsLost(_ reason: LinkError, _ publish: Publish) {
        link = nil
        strikes = 0
        publish {
            $0.state = .portLost
            $0.portError = reason.description
            if !isLost { $0.portLosses += 1 }
        }
        guard !isLost else { return }
        isLost = true
        deliver(conversation.lost(now: wait.now))
        logger.warning("port lost", metadata: ["reason": "\(reason)"])
    }

    private func portIsBack(_ publish: Publish) {
        isLost = false
        publish {
            $0.state = .polling
            $0.portError = nil
        }
        logger.notice("port is back")
    }

    // MARK: - One transaction

    private func transact(_ step: BusStep, _ link: any BusLink, _ publish: Publish) {
        let begin = wait.now
        guard let device = step.device, var transaction = carryOut(step, link) else { return }
        if case .lost(let reason) = transaction.outcome {
            guard let outcome = afterLoss(reason, publish) else { return }
            transaction.outcome = outcome
        } else if transaction.outcome != .stopped {
            strikes = 0
            backOff.reset()
            if isLost { portIsBack(publish) }
        }
        let busy = max(0, transaction.end - begin)
        let readings = heard(transaction, step, busy: busy)
        deliver(readings)
        signals.note(readings)
        conversation.note(transaction.outcome, while: signals.now)
        load.add(busy, at: transaction.end)
        noteFaults(transaction)
        publishTransaction(device, transaction, publish)
        report(publish)
        if wait.now >= nextSurvey { survey(publish) }
    }

    private func carryOut(_ step: BusStep, _ link: any BusLink) -> Transaction? {
        switch step {
        case .ask(let asking): link.transact(asking)
        case .inquire(let inquiry): link.inquire(inquiry)
        case .idle: nil
        }
    }

    private func heard(_ transaction: Transaction, _ step: BusStep, busy: Nanoseconds) -> [Reading] {
        switch step {
        case .ask(let asking): conversation.heard(transaction, asking: asking, busy: busy)
        case .inquire(let inquiry): conversation.heard(transaction, inquiry: inquiry, busy: busy)
        case .idle: []
        }
    }

    /// A lost link is opened again at once and the same is asked once more: converters drop connections that were
    /// idle, adapters come back under the same name. nil: do that. When it is lost again over TCP, it was this request
    /// that the far side hung up on, which is as good as no reply and must not harm other devices.
    private func afterLoss(_ reason: LinkError, _ publish: Publish) -> TransactionOutcome? {
        link = nil
        strikes += 1
        if strikes == 1, !isLost {
            beginGrace()
            return nil
        }
        if isSerial {
            portIsLost(reason, publish)
            _ = wait.sleep(until: wait.now + backOff.next())
            return nil
        }
        strikes = 0
        return .noReply
    }

    private func deliver(_ readings: [Reading]) {
        if !readings.isEmpty { sink.accept(readings) }
    }

    // MARK: - Telling

    private func publishTransaction(_ asked: Int, _ transaction: Transaction, _ publish: Publish) {
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

    private func report(_ publish: Publish) {
        let events = conversation.takeEvents()
        guard !events.isEmpty else { return }
        for event in events { log(event) }
        nextSurvey = wait.now
    }

    /// What led to a fault is kept in the flight recorder.
    private func noteFaults(_ transaction: Transaction) {
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
        case .learnt(let device, let lesson):
            logger.info(
                "device refuses to be asked for this at once",
                metadata: [
                    "device": "\(device)", "what": "\(lesson)",
                ])
        }
    }

    /// Brings the figures up to date that are worked out rather than counted.
    private func survey(_ publish: Publish) {
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
