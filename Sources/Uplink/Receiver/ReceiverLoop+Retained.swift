internal import GatewayModel

/// Whether a restarted broker kept what it retained: asked with `meta`, which is small, instead of sending the dictionary
/// again, which on a thin line takes most of a minute.
struct RetainedQuestion {
    var mid: CInt
    /// No answer by then: it has forgotten.
    var due: BootTime
}

extension ReceiverLoop {
    /// nil: there is nothing to ask; what may be forgotten is sent again.
    func askWhatIsRetained(_ client: any BrokerClient, _ now: BootTime) -> RetainedQuestion? {
        guard brokerMayHaveForgotten else { return nil }
        brokerMayHaveForgotten = false
        pause.brokerRestarted()
        if acknowledgedMeta != nil, let mid = try? client.subscribe(topic: topics.meta) {
            return RetainedQuestion(mid: mid, due: now + setup.timing.retained)
        }
        forgetWhatIsRetained()
        return nil
    }

    /// The same `meta`, of this boot and with the current dictionary's id: the dictionaries are there too.
    func retainedCame(_ payload: [UInt8]) {
        guard case .connected(var session) = link, session.retained != nil else { return }
        session.retained = nil
        link = .connected(session)
        if payload != acknowledgedMeta { forgetWhatIsRetained() }
    }

    /// An access list may forbid it.
    func retainedRefused(_ mid: CInt) {
        guard case .connected(var session) = link, session.retained?.mid == mid else { return }
        session.retained = nil
        link = .connected(session)
        forgetWhatIsRetained()
    }

    func forgetWhatIsRetained() {
        acknowledgedMeta = nil
        shelf.forgetAcknowledged()
    }
}
