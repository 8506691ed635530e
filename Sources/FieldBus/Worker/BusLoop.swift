internal import BusPlanning
internal import CLinux
internal import GatewayModel
internal import Glibc
internal import Logging

/// The thread of a bus at work: asks the conversation what is next, does it, tells it what was heard.
final class BusLoop {
    private let bus: BusConfiguration
    let points: [PointDefinition]
    private let sink: any ReadingSink
    let logger: Logger
    let wait: LineWait
    private let offset: @Sendable () -> Nanoseconds
    private let signals: RunSignals
    let recorder: FlightRecorder
    var opener: LinkOpener
    private var knownOffset: Nanoseconds
    var conversation: BusConversation
    var load: LoadMeter
    var burst = ErrorBurst()
    var gaps: GapWork

    var link: (any BusLink)?
    var isLost = false
    /// Transactions in a row that ended with a lost link.
    var strikes = 0
    var backOff = BackOff()
    var nextSurvey: BootTime
    /// Until then a refused connection is not called lost.
    var graceEnd = BootTime(nanoseconds: .min)
    let isSerial: Bool

    typealias Publish = ((inout BusStatus) -> Void) -> Void

    /// The longest time without a sign of progress and a look at the clock's trust.
    private static let longestIdle: Nanoseconds = .seconds(1)
    /// Of -20 (first) to 19.
    private static let niceness: CInt = -10

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
                rest(link, until: min(until, wait.now + Self.longestIdle), publish)
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
        conversation.note(transaction, while: signals.now)
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

    func deliver(_ readings: [Reading]) {
        if !readings.isEmpty { sink.accept(readings) }
    }
}
