internal import GatewayModel
internal import Logging

extension ReceiverLoop {
    /// What belongs to one connection.
    struct Session {
        var began: BootTime
        /// Messages that may be unacknowledged: ours or the broker's, whichever is less.
        var capacity: Int
        var window = InFlightWindow()
        /// Fetched, waiting for their turn or their dictionary; live before backlog.
        var ready: [Ready] = []
        /// `ack: platform`: nothing is sent before the subscription stands.
        var subscription: Subscription
        var statusDue: BootTime
        var metaInFlight = false
        var metaRefused = false
        var rescanDue: BootTime
        var filesDue: BootTime
        /// The files of TLS were replaced: what is on its way is waited for until then, then the connection is made anew.
        var renewBy: BootTime?
        /// When batches that were put aside are tried again.
        var asideDue: BootTime
        /// After a broker's restart nothing is sent before it is known whether it kept what it retained.
        var retained: RetainedQuestion?
        /// A batch that cannot be rendered is logged once a connection.
        var saidUnreadable = false
        /// Acknowledged by the platform before the broker's PUBACK came.
        var acknowledgedEarly: Set<BatchKey> = []
        var isStopping = false
        var saidGoodBye = false

        var isSubscriptionPending: Bool { if case .pending = subscription { true } else { false } }

        enum Subscription: Equatable {
            case notNeeded
            case pending(mid: CInt, deadline: BootTime)
            case granted
        }
    }

    struct Ready {
        var batch: StoredBatch
        var lane: Lane
        /// Rendered already, but the window had no room for its bytes.
        var payload: [UInt8]?
        /// Of its alarm events, those that are still to be sent before it; nil: not known yet.
        var alarms: [[UInt8]]?
    }

    func handle(_ events: [MQTTEvent]) throws(MQTTProblem) {
        for event in events {
            switch event {
            case .connected(let receiveMaximum): try beginSession(receiveMaximum: receiveMaximum)
            case .refused(let reason): throw MQTTProblem(connectReason: reason)
            case .disconnected(let code):
                if code != 0 { throw MQTTProblem(disconnectCode: code) }
            case .acknowledged(let mid, let reason): acknowledged(mid: mid, reason: reason)
            case .subscribed(let mid, let reason): try subscribed(mid: mid, reason: reason)
            case .message(let topic, let payload):
                if topic == topics.acknowledgement { platformAcknowledged(payload) }
                if topic == topics.meta { retainedCame(payload) }
            }
        }
    }

    private func beginSession(receiveMaximum: Int?) throws(MQTTProblem) {
        guard case .connecting = link, let client else { return }
        let now = setup.time.bootTime()
        let question = askWhatIsRetained(client, now)
        var subscription = Session.Subscription.notNeeded
        if setup.configuration.acknowledgement == .platform {
            let mid = try client.subscribe(topic: topics.acknowledgement)
            subscription = .pending(mid: mid, deadline: now + setup.timing.greeting)
        }
        let window = max(1, min(setup.limits.window, 256))
        link = .connected(
            Session(
                began: now, capacity: max(1, min(window, receiveMaximum ?? window)), subscription: subscription,
                statusDue: now, rescanDue: now + setup.timing.rescan, filesDue: now + setup.timing.certificates,
                asideDue: now + setup.timing.aside, retained: question))
        connection += 1
        pace.begin(start: now + backlogWait(now))
        plan.reset(keeping: unrecorded + Array(awaitingPlatform.keys))
        if status.since != nil { status.reconnects += 1 }
        status.connected = true
        status.since = now
        if problem?.kind != .takenOver { report(pause.current?.problem, now) }
        setup.logger.info(
            "connected", metadata: ["broker": "\(setup.configuration.mqtt.host):\(setup.configuration.mqtt.port)"])
    }

    /// How long the backlog waits after connecting, at random: a city of gateways that lost the same broker is not to
    /// send its backlogs all at once.
    private func backlogWait(_ now: BootTime) -> Nanoseconds {
        let most = lastEnd.map { min((now - $0) / 10, setup.timing.backlogStartMost) } ?? setup.timing.backlogStartFirst
        return Nanoseconds.random(in: 0...max(0, most), using: &random)
    }

    private func subscribed(mid: CInt, reason: Int) throws(MQTTProblem) {
        if reason >= 0x80 { retainedRefused(mid) }
        guard case .connected(var session) = link, case .pending(mid, _) = session.subscription else { return }
        guard reason < 0x80 else {
            throw MQTTProblem(
                .denied, "not authorised to subscribe to \(topics.acknowledgement)",
                remedy: "allow it in the broker's access list, or set ack: broker")
        }
        session.subscription = .granted
        link = .connected(session)
    }

    /// Batches on their way go back to the store; the next connection takes them from there.
    func endSession(_ session: Session, _ now: BootTime) {
        for key in session.window.batches where sentBefore.count < setup.limits.awaitingPlatform {
            sentBefore.insert(key)
        }
        if session.retained != nil { brokerMayHaveForgotten = true }
        lastEnd = now
        shelf.connectionEnded()
        status.connected = false
        status.since = now
        if now - session.began >= setup.timing.stable { reconnect.reset() }
    }

    func advanceSession(_ now: BootTime) {
        guard case .connected(var session) = link else { return }
        do throws(MQTTProblem) {
            if let due = session.window.due, now >= due { throw .unacknowledged }
            if case .pending(_, let deadline) = session.subscription, now >= deadline { throw .slow }
            expirePlatformWaits(now)
            record()
            if stopBy != nil {
                try advanceStop(&session, now)
            } else {
                if problem?.kind == .takenOver, now - session.began >= setup.timing.stable { report(nil, now) }
                if lookAtFiles(&session, now) { return renew(session, now) }
                if let question = session.retained, now >= question.due {
                    session.retained = nil
                    forgetWhatIsRetained()
                }
                if session.renewBy == nil, session.retained == nil {
                    try announce(&session, now)
                    try pump(&session, now)
                }
            }
            link = .connected(session)
        } catch {
            // What was just sent belongs to the session that ends.
            link = .connected(session)
            lose(error)
        }
    }

    /// Status and meta: what the platform sees without asking.
    private func announce(_ session: inout Session, _ now: BootTime) throws(MQTTProblem) {
        if now >= session.statusDue, session.window.count < session.capacity {
            let payload = statusPayload(state: "online", reason: nil, health: setup.health())
            try publish(.status, topic: topics.status, payload: payload, in: &session, now)
            session.statusDue = now + setup.timing.status
            session.metaRefused = false
        }
        guard !session.metaInFlight, !session.metaRefused, session.window.count < session.capacity else { return }
        // Asked once per status interval; what it says changes with the configuration only.
        guard acknowledgedMeta == nil || session.statusDue - now >= setup.timing.status else { return }
        let meta = setup.meta()
        guard meta != acknowledgedMeta else { return }
        try publish(.meta(meta), topic: topics.meta, payload: meta, in: &session, now)
        session.metaInFlight = true
    }

    func publish(
        _ publication: InFlightWindow.Publication, topic: String, payload: [UInt8], in session: inout Session,
        _ now: BootTime
    ) throws(MQTTProblem) {
        guard let client else { throw .closedByBroker }
        var lane: Lane?
        switch publication {
        case .batch(_, let ofBatch), .alarm(let ofBatch): lane = ofBatch
        default: break
        }
        let mid = try client.publish(topic: topic, payload: payload, retain: lane == nil, lane: lane)
        let bytes = Int64(session.window.bytes + payload.count)
        let due = now + setup.timing.acknowledgement + bytes * setup.timing.slowestByte
        let entry = InFlightWindow.Entry(publication: publication, bytes: payload.count, sent: now, due: due)
        guard session.window.add(entry, mid: mid) else {
            throw MQTTProblem(.lost, "message ids ran out", remedy: "none needed; the connection is made anew")
        }
    }

    func statusPayload(state: String, reason: String?, health: [UInt8]? = nil) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("gateway", setup.gatewayID)
            json.field("state", state)
            if let reason { json.field("reason", reason) }
            if let health, !health.isEmpty {
                json.key("health")
                json.raw(String(decoding: health, as: UTF8.self))
            }
        }
        return json.bytes
    }

    /// When the loop has to come round although nothing happened.
    func nextDeadline(_ now: BootTime) -> BootTime {
        switch link {
        case .waiting(let until): until
        case .lookingUp: now + Self.longestRound
        case .connecting(let attempt): attempt.deadline
        case .connected(let session):
            [
                session.window.due, session.renewBy, session.retained?.due, tlsFiles == nil ? nil : session.filesDue,
                stopBy,
                pace.restsUntil.flatMap { $0 > now ? $0 : nil },
                session.isSubscriptionPending ? nil : pause.until,
                session.window.count < session.capacity && stopBy == nil ? session.statusDue : nil,
            ].compactMap { $0 }.min() ?? now + Self.longestRound
        }
    }
}
