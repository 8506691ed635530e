internal import GatewayModel

/// What a bus does in the gaps of its polling: it searches and listens.
extension BusLoop {
    /// One question of a search, if one fits. False: none.
    ///
    /// - Parameter idle: until when the schedule wants nothing.
    func useGap(_ link: any BusLink, until idle: BootTime, _ publish: Publish) -> Bool {
        guard let line = link as? RTULink, isSerial else { return false }
        let now = wait.now
        guard let (question, step) = gaps.next(now: now, idle: idle - now, missing: conversation.missing(now: now))
        else {
            return false
        }
        switch line.exchange(step) {
        case .stopped: return false
        case .lost(let reason):
            portIsLost(reason, publish)
            return true
        case .heard(let bytes, let turnaround, let strays):
            let end = wait.now
            if step.format == line.busFormat { conversation.noteStrays(strays) }
            let found = ScanAnswer.findings(in: bytes, to: step, turnaround: turnaround)
            let heard = ScanAnswer.heard(in: bytes, to: step)
            gaps.heard(question, step, found, bytes: heard, took: end - now, now: end)
            load.add(end - now, at: end)
            if question == .scan { publish { $0.scan = gaps.scan } }
            return true
        }
    }

    /// Nothing is to be asked until then. Bytes that come meanwhile are heard when they come: the moment tells whether the
    /// line was let go by a driver just before or somebody has spoken unasked.
    func rest(_ link: any BusLink, until moment: BootTime, _ publish: Publish) {
        guard let line = link as? RTULink, isSerial else {
            _ = wait.sleep(until: moment)
            return
        }
        let quietSince = line.silentSince
        switch line.listen(until: moment) {
        case .nothing, .stopped: break
        case .lost(let reason): _ = afterLoss(reason, publish)
        case .pieces(let pieces): conversation.overheard(pieces, quietSince: quietSince)
        }
    }

    func take(_ mail: BusMail, _ publish: Publish) {
        if let learnt = mail.learnt { conversation.adopt(learnt, now: wait.now) }
        if !mail.accepted.isEmpty {
            conversation.accept(mail.accepted)
            nextSurvey = wait.now
        }
        if let plan = mail.scan {
            gaps.start(plan, now: wait.now)
            publish { $0.scan = gaps.scan }
        }
    }
}

/// What others have for a bus's thread.
struct BusMail: Sendable {
    /// nil: nothing new; empty: nothing was learnt.
    var learnt: [String: LearntDevice]?
    /// Devices whose new identity is the right one.
    var accepted: Set<String> = []
    var scan: ScanPlan?
}
