internal import GatewayModel
internal import Logging
internal import Telemetry

extension ReceiverLoop {
    /// Batches fetched by one task.
    static var fetchGroup: Int { 4 }

    /// Fills the window: asks the store for keys and batches, sends what is ready.
    func pump(_ session: inout Session, _ now: BootTime) throws(MQTTProblem) {
        if session.isSubscriptionPending { return }
        if pause.ended(now: now) { plan.beginAgain() }
        guard !pause.isPausing else { return }
        if now >= session.rescanDue {
            session.rescanDue = now + setup.timing.rescan
            plan.rescan()
        }
        if now >= session.asideDue {
            session.asideDue = now + setup.timing.aside
            plan.retryAside()
        }
        // Twice: a batch that holds nothing for this receiver makes room at once.
        for _ in 0..<2 {
            if let question = plan.question() { ask(question) }
            fetch(&session, now)
            try sendReady(&session, now)
        }
    }

    /// The window now: one while probing whether the receiver takes batches again.
    private func capacity(_ session: Session) -> Int { pause.isProbing ? 1 : session.capacity }

    private func fetch(_ session: inout Session, _ now: BootTime) {
        guard unrecorded.count < setup.limits.unrecorded, awaitingPlatform.count < setup.limits.awaitingPlatform,
            !fetchIsRunning
        else { return }
        let window = capacity(session)
        var wanted: [(BatchKey, Lane)] = []
        // Of the backlog only what is about to be sent.
        var backlogRoom = pace.mayFetch(now) ? Self.fetchGroup - session.ready.count { $0.lane == .backlog } : 0
        while wanted.count < Self.fetchGroup {
            let taken = session.window.count + session.ready.count + wanted.count
            guard let next = plan.next(free: window - taken, window: window, backlog: backlogRoom > 0) else { break }
            if next.lane == .backlog { backlogRoom -= 1 }
            // The backlog keeps its order: a blob at hand may not overtake one that is being read.
            if next.lane == .live, let batch = mailbox.takeFresh(next.key) {
                insert(Ready(batch: batch, lane: next.lane), into: &session)
            } else {
                wanted.append(next)
            }
        }
        guard !wanted.isEmpty else { return }
        fetchIsRunning = true
        setup.surroundings.errand { [source = setup.source, mailbox, wanted, connection] in
            for (key, lane) in wanted {
                mailbox.post(.fetched(key, lane, await source.batch(key), connection: connection))
            }
            mailbox.post(.fetchEnded)
        }
    }

    func insert(_ ready: Ready, into session: inout Session) {
        let place = ready.lane == .live ? session.ready.firstIndex { $0.lane == .backlog } : nil
        session.ready.insert(ready, at: place ?? session.ready.endIndex)
    }

    private func sendReady(_ session: inout Session, _ now: BootTime) throws(MQTTProblem) {
        var waiting: [Ready] = []
        var entries = session.ready[...]
        session.ready = []
        defer { session.ready = waiting + entries }
        while var entry = entries.popFirst() {
            guard session.window.count < session.capacity,
                try isDictionaryThere(entry.batch.dictionary, in: &session, now)
            else {
                waiting.append(entry)
                continue
            }
            if entry.payload == nil {
                guard let payload = rendered(entry.batch, in: &session) else { continue }
                entry.payload = payload
            }
            let payload = entry.payload ?? []
            guard hasRoom(for: payload.count, entry.lane, in: session, now),
                try sendAlarms(of: &entry, in: &session, now)
            else {
                waiting.append(entry)
                return
            }
            let key = entry.batch.key
            try publish(.batch(key, entry.lane), topic: topics.batch, payload: payload, in: &session, now)
            if entry.lane == .backlog { pace.sent(payload.count, now) }
            status.sent += 1
            status.payloadBytes += UInt64(payload.count)
            if sentBefore.remove(key) != nil { status.resent += 1 }
        }
    }

    /// Alarm events go before the batch that holds them, one by one as the window has room.
    /// - Returns: whether the batch may follow now.
    private func sendAlarms(
        of entry: inout Ready, in session: inout Session, _ now: BootTime
    ) throws(MQTTProblem) -> Bool {
        guard entry.batch.isUrgent else { return true }
        var left = entry.alarms ?? copies(of: entry.batch)
        while session.window.count < session.capacity, let copy = left.popLast() {
            try publish(.alarm(entry.lane), topic: topics.alarm, payload: copy, in: &session, now)
            status.payloadBytes += UInt64(copy.count)
        }
        entry.alarms = left
        return session.window.count < session.capacity
    }

    /// Last first. None of a batch that cannot be read: that is said when it is rendered.
    private func copies(of batch: StoredBatch) -> [[UInt8]] {
        let dictionary = setup.renderer.needsDictionary ? shelf.text(batch.dictionary) ?? [] : []
        return ((try? setup.renderer.alarms(in: batch, dictionary: dictionary)) ?? []).reversed()
    }

    /// What is on its way is bounded by what the link carries in a few seconds: two bursts in all, of which the backlog
    /// fills one. One batch always goes.
    private func hasRoom(for bytes: Int, _ lane: Lane, in session: Session, _ now: BootTime) -> Bool {
        let limit = min(setup.limits.bytesInFlight, 2 * pace.burstBytes)
        guard session.window.isEmpty || session.window.bytes + bytes <= limit else { return false }
        return lane == .live || pace.maySend(bytes, now)
    }

    /// nil: nothing to send; the batch has been dealt with.
    private func rendered(_ batch: StoredBatch, in session: inout Session) -> [UInt8]? {
        do {
            let dictionary = setup.renderer.needsDictionary ? shelf.text(batch.dictionary) ?? [] : []
            if let payload = try setup.renderer.payload(of: batch, dictionary: dictionary) { return payload }
            status.skipped += 1
            acknowledgedByReceiver(batch.key, counts: false)
        } catch {
            if !session.saidUnreadable {
                setup.logger.error(
                    "a batch cannot be turned into this receiver's profile",
                    metadata: ["sequence": "\(batch.key.sequence)", "reason": "\(error)"])
            }
            session.saidUnreadable = true
            plan.putAside(batch.key)
        }
        return nil
    }

    /// True when the broker has the dictionary and, where the profile needs it, its text is at hand; brings that about
    /// otherwise.
    private func isDictionaryThere(
        _ id: DictionaryID, in session: inout Session, _ now: BootTime
    ) throws(MQTTProblem) -> Bool {
        let isAcknowledged = shelf.isAcknowledged(id)
        if isAcknowledged, !setup.renderer.needsDictionary { return true }
        guard let text = shelf.text(id) else {
            if shelf.ask(id) {
                setup.surroundings.errand { [source = setup.source, mailbox] in
                    mailbox.post(.dictionary(id, await source.dictionary(id)))
                }
            }
            return false
        }
        if isAcknowledged { return true }
        guard !shelf.isPublishing(id) else { return false }
        try publish(.dictionary(id), topic: topics.dictionary(id), payload: text, in: &session, now)
        shelf.published(id)
        return false
    }

    private func ask(_ question: LanePlan.Question) {
        setup.surroundings.errand { [source = setup.source, index = setup.index, mailbox] in
            switch question {
            case .urgent:
                mailbox.post(.urgent(await source.urgent(for: index, limit: LanePlan.urgentCapacity)))
            case .newest:
                mailbox.post(.newest(await source.unacknowledged(by: index, before: nil, limit: 1)))
            case .page(let after):
                let limit = LanePlan.pageSize
                let keys = await source.unacknowledged(by: index, after: after, limit: limit)
                mailbox.post(.page(keys, after: after))
            }
        }
    }

    func read(_ letter: Mailbox.Letter) {
        switch letter {
        case .lookedUp(let result): lookedUp(result)
        case .urgent(let keys): plan.answer(urgent: keys)
        case .newest(let keys): plan.answer(newest: keys)
        case .page(let keys, let after):
            if after == nil, keys.count <= LanePlan.liveCapacity { pace.startAtOnce() }
            plan.answer(page: keys, after: after)
        case .recorded(let keys): recorded(keys)
        case .dictionary(let id, let text): dictionaryCame(id, text)
        case .fetched(let key, let lane, let batch, let connection):
            if connection == self.connection { fetched(key, lane, batch) }
        case .fetchEnded: fetchIsRunning = false
        }
    }

    private func fetched(_ key: BatchKey, _ lane: Lane, _ batch: StoredBatch?) {
        guard case .connected(var session) = link else { return }
        guard let batch else { return plan.settled(key) }
        if pause.isPausing || stopBy != nil { return plan.returned(key) }
        insert(Ready(batch: batch, lane: lane), into: &session)
        link = .connected(session)
    }

    private func dictionaryCame(_ id: DictionaryID, _ text: [UInt8]?) {
        shelf.answered(id, text: text)
        guard text == nil, case .connected(var session) = link else { return }
        // A batch whose dictionary is gone cannot be read by anybody. It stays in the store.
        if !session.saidUnreadable {
            setup.logger.error("a batch's dictionary is missing", metadata: ["dictionary": "\(id.hexadecimal)"])
        }
        session.saidUnreadable = true
        for entry in session.ready where entry.batch.dictionary == id { plan.putAside(entry.batch.key) }
        session.ready.removeAll { $0.batch.dictionary == id }
        link = .connected(session)
    }
}
