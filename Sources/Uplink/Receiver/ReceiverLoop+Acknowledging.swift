internal import GatewayModel
internal import Logging

extension ReceiverLoop {
    func acknowledged(mid: CInt, reason: Int) {
        guard case .connected(var session) = link, let entry = session.window.take(mid) else { return }
        let now = setup.time.bootTime()
        var isBacklog = false
        if case .batch(_, .backlog) = entry.publication { isBacklog = true }
        pace.acknowledged(entry.bytes, isBacklog: isBacklog, sent: entry.sent, now)
        switch entry.publication {
        case .batch(let key, _):
            if isBacklog, reason == 0 { backlogDone += 1 }
            let isEarly = session.acknowledgedEarly.remove(key) != nil
            link = .connected(session)
            batchAcknowledged(key, reason: isEarly ? 0 : reason, byPlatform: isEarly, now)
            return
        case .dictionary(let id):
            // 0x10 says that nobody is subscribed now; the retained message is kept all the same.
            if reason < 0x80 {
                shelf.acknowledged(id, keepText: setup.renderer.needsDictionary)
            } else {
                shelf.refused(id)
                if let refusal = Refusal(reason: reason, topic: topics.dictionary(id)) {
                    beginPause(refusal, batch: nil, &session, now)
                }
            }
        case .meta(let bytes):
            session.metaInFlight = false
            if reason < 0x80 { acknowledgedMeta = bytes } else { session.metaRefused = true }
            warnIfRefused(reason, topic: topics.meta)
        case .status: warnIfRefused(reason, topic: topics.status)
        // The batch behind it holds the event too.
        case .alarm: warnIfRefused(reason, topic: topics.alarm)
        }
        link = .connected(session)
    }

    private func warnIfRefused(_ reason: Int, topic: String) {
        guard reason >= 0x80, let refusal = Refusal(reason: reason, topic: topic) else { return }
        setup.logger.warning("\(refusal.text)", metadata: ["remedy": "\(refusal.remedy)"])
    }

    private func batchAcknowledged(_ key: BatchKey, reason: Int, byPlatform: Bool, _ now: BootTime) {
        if let refusal = Refusal(reason: reason, topic: topics.batch) {
            guard case .connected(var session) = link else { return }
            beginPause(refusal, batch: key, &session, now)
            link = .connected(session)
            return
        }
        if pause.current != nil {
            pause.accepted()
            setup.logger.info("batches are accepted again")
            report(nil, now)
        }
        if setup.configuration.acknowledgement == .broker || byPlatform {
            acknowledgedByReceiver(key)
        } else {
            awaitingPlatform[key] = now
        }
    }

    private func beginPause(_ refusal: Refusal, batch: BatchKey?, _ session: inout Session, _ now: BootTime) {
        let putAside = pause.refused(refusal, batch: batch, now: now)
        if let batch {
            if sentBefore.count < setup.limits.awaitingPlatform { sentBefore.insert(batch) }
            if putAside { plan.putAside(batch) } else { plan.returned(batch) }
        }
        for entry in session.ready { plan.returned(entry.batch.key) }
        session.ready = []
        report(refusal.problem, now)
    }

    /// The receiver has it: the store is told, in small groups.
    func acknowledgedByReceiver(_ key: BatchKey, counts: Bool = true) {
        unrecorded.append(key)
        sentBefore.remove(key)
        guard counts else { return }
        status.acknowledged += 1
        status.lastAcknowledged = key
        status.lastAcknowledgedAt = setup.time.bootTime()
    }

    /// One group at a time.
    func record() {
        guard !isRecording, !unrecorded.isEmpty else { return }
        isRecording = true
        let group = Array(unrecorded.prefix(setup.limits.acknowledgementGroup))
        setup.surroundings.errand { [source = setup.source, index = setup.index, mailbox] in
            await source.acknowledge(group, by: index)
            mailbox.post(.recorded(group))
        }
    }

    func recorded(_ keys: [BatchKey]) {
        isRecording = false
        unrecorded.removeFirst(min(keys.count, unrecorded.count))
        for key in keys { plan.settled(key) }
        record()
    }
}
