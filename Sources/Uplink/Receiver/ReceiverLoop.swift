internal import CLinux
internal import GatewayModel
internal import Glibc
internal import Logging
internal import ThreadExecutor

/// The loop behind a ``Receiver``: waits for the socket and the mailbox, and acts.
///
/// It occupies its thread from ``run(report:)`` to the stop; nothing here awaits. What it needs of the store is asked
/// by tasks that put the answer into the mailbox, so that a slow store never keeps the connection from being served.
actor ReceiverLoop {
    struct Setup: Sendable {
        var configuration: UplinkConfiguration
        var index: ReceiverIndex
        var gatewayID: String
        var source: any BatchSource
        var renderer: any PayloadRenderer
        /// What certificates are checked at, nanoseconds since 1970.
        var certificateTime: @Sendable () -> Nanoseconds
        var meta: @Sendable () -> [UInt8]
        var health: @Sendable () -> [UInt8]
        var logger: Logger
        var time: any TimeSource
        var timing: ReceiverTiming
        var limits: ReceiverLimits
        var seed: UInt64
        var surroundings = ReceiverSurroundings.real
    }

    enum Link {
        case waiting(until: BootTime)
        case lookingUp
        case connecting(Attempt)
        case connected(Session)
    }

    /// The longest wait of a round: the sign of life for the watchdog.
    static let longestRound: Nanoseconds = .seconds(1)

    let setup: Setup
    let mailbox: Mailbox
    let topics: Topics
    private let executor: ThreadExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    var client: (any BrokerClient)?
    var link: Link
    var status: ReceiverStatus
    var plan = LanePlan()
    var pace: BacklogPace
    let began: BootTime
    /// When the last connection ended.
    var lastEnd: BootTime?
    var random: JitterGenerator
    /// Batches of the backlog that were acknowledged since there has been one.
    var backlogDone: UInt64 = 0
    /// The newest batch that the store has told of.
    private var newest: BatchKey?
    var reconnect: BackOff
    var pause: RefusalPause
    var shelf: DictionaryShelf
    /// Acknowledged by the receiver, not yet recorded by the store; those being recorded come first.
    var unrecorded: [BatchKey] = []
    var isRecording = false
    /// One task at a time reads batches; what it reads for an earlier connection is dropped.
    var fetchIsRunning = false
    var connection = 0
    /// `ack: platform`: PUBACKed, and when.
    var awaitingPlatform: [BatchKey: BootTime] = [:]
    /// How long the platform is waited for; doubles while it says nothing.
    var platformWait: Nanoseconds
    /// Sent at least once and not acknowledged when their connection ended.
    var sentBefore: Set<BatchKey> = []
    /// What the broker has retained as `meta`.
    var acknowledgedMeta: [UInt8]?
    /// The broker was gone in between, and what it retained with it.
    var brokerMayHaveForgotten = false
    var problem: MQTTProblem?
    /// Connections in a row that the broker took and soon closed.
    var shortLives = 0
    /// As they were before the connection was made; nil: no TLS.
    var tlsFiles: TLSFiles?
    var lookupIsRunning = false
    /// A name server that has not answered by then is named in the status.
    var lookupDue: BootTime
    var stopBy: BootTime?
    var isDone = false

    init(setup: Setup, mailbox: Mailbox, executor: ThreadExecutor) {
        self.setup = setup
        self.mailbox = mailbox
        self.executor = executor
        topics = Topics(prefix: setup.configuration.mqtt.prefix, gatewayID: setup.gatewayID)
        let now = setup.time.bootTime()
        link = .waiting(until: now)
        lookupDue = now
        began = now
        platformWait = setup.timing.platform
        status = ReceiverStatus(lastProgress: now)
        reconnect = BackOff(first: setup.timing.reconnectFirst, seed: setup.seed)
        pause = RefusalPause(timing: setup.timing, seed: setup.seed &+ 1)
        random = JitterGenerator(seed: setup.seed &+ 2)
        pace = BacklogPace(
            .init(
                share: setup.configuration.backlogShare, burst: setup.timing.backlogBurst,
                mostBytes: setup.limits.bytesInFlight))
        shelf = DictionaryShelf(capacity: setup.limits.dictionaries)
    }

    /// Blocks its thread until the stop.
    func run(report: @Sendable (ReceiverStatus) -> Void) {
        while !isDone {
            let now = setup.time.bootTime()
            report(act(now))
            if isDone { break }
            waitForSomething(now)
        }
        client = nil
        status.connected = false
        report(snapshot(setup.time.bootTime()))
    }

    /// A round without the wait, for ``SteppedReceiver``: the client is asked every time.
    func step() -> (status: ReceiverStatus, next: BootTime?) {
        let now = setup.time.bootTime()
        _ = act(now)
        if !isDone, let client, client.socket >= 0 {
            let events = Int16(POLLIN) | (client.wantsToWrite || isEstablishing ? Int16(POLLOUT) : 0)
            serve(client, events)
            if !isDone { _ = act(now) }
        }
        return (snapshot(now), isDone ? nil : nextDeadline(now))
    }

    private func act(_ now: BootTime) -> ReceiverStatus {
        readMail()
        advance(now)
        return snapshot(now)
    }

    private func readMail() {
        let mail = mailbox.takeAll()
        stopBy = mail.stopBy
        if mail.missedArrivals { plan.rescan() }
        for key in mail.urgent { plan.alarmed(key) }
        for key in mail.arrivals { arrived(key) }
        for letter in mail.letters { read(letter) }
    }

    /// While there is no connection, arrivals are found in the store by the next one.
    private func arrived(_ key: BatchKey) {
        // Only the newest of several is told; a hole before it means that there are more.
        let isNext = newest?.epoch == key.epoch && newest?.sequence == key.sequence &- 1
        newest = key
        guard case .connected = link else { return }
        plan.arrived(key)
        if !isNext { plan.rescan() }
    }

    private func advance(_ now: BootTime) {
        switch link {
        case .waiting(let until):
            if stopBy != nil { return finishUnconnected(now) }
            if now >= until { lookUp() }
        case .lookingUp:
            if stopBy != nil { return finishUnconnected(now) }
            advanceLookup(now)
        case .connecting:
            if stopBy != nil { return finishUnconnected(now) }
            advanceAttempt(now)
        case .connected:
            advanceSession(now)
        }
    }

    private func waitForSomething(_ now: BootTime) {
        let limit = max(0, min(nextDeadline(now) - now, Self.longestRound))
        let socket = client?.socket ?? -1
        let wanted = Int16(POLLIN) | (client?.wantsToWrite == true || isEstablishing ? Int16(POLLOUT) : 0)
        var (onSocket, onMail): (Int16, Int16) = (0, 0)
        _ = CLinux_poll_two(
            socket, wanted, mailbox.wakeUp.descriptor, Int16(POLLIN), limit, &onSocket, &onMail)
        guard let client, socket >= 0 else { return }
        serve(client, onSocket)
    }

    /// - Parameter onSocket: what poll(2) said of the client's socket.
    private func serve(_ client: any BrokerClient, _ onSocket: Int16) {
        let ended = onSocket & Int16(POLLERR | POLLHUP) != 0
        if onSocket != 0 { socketIsReady() }
        // Another address is being tried.
        guard client === self.client else { return }
        do throws(MQTTProblem) {
            try client.service(
                readable: onSocket & Int16(POLLIN) != 0 || ended, writable: onSocket & Int16(POLLOUT) != 0)
            try handle(client.takeEvents())
            if client.socket < 0 { throw .closedByBroker }
        } catch {
            if case .connected(let session) = link, session.saidGoodBye { return isDone = true }
            // What came before the end counts, and the broker's own words are better than "connection lost".
            var problem = error
            do throws(MQTTProblem) { try handle(client.takeEvents()) } catch { problem = error }
            if problem == .closedByBroker, onSocket & Int16(POLLERR) != 0 { problem = .reset }
            lose(problem)
        }
    }

    private func snapshot(_ now: BootTime) -> ReceiverStatus {
        status.lastProgress = now
        status.awaitingPlatform = awaitingPlatform.count
        status.putAside = plan.aside.count
        status.nobodyListens = pause.current?.nobodyListens ?? false
        status.caughtUp = plan.isCaughtUp
        if plan.isCaughtUp { backlogDone = 0 }
        status.backlog = .init(
            done: backlogDone, batchesPerSecond: pace.batchRate, linkBytesPerSecond: pace.linkRate,
            burstBytes: pace.burstBytes, startsAt: pace.startsAt)
        if case .connected(let session) = link {
            status.inFlight = session.window.batches.count + session.ready.count
        } else {
            status.inFlight = 0
        }
        return status
    }
}
