internal import GatewayModel
internal import Logging

/// The port or connection of a bus: opened, lost, opened again.
extension BusLoop {
    /// How long a far side may refuse after a connection was given up on purpose.
    private static let grace: Nanoseconds = .seconds(1)

    /// nil: not open; the wait until the next attempt is over, or the worker is told to stop.
    func openLink(_ publish: Publish) -> (any BusLink)? {
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
        recorder.freeze("port lost", at: wait.now)
        deliver(conversation.lost(now: wait.now))
        logger.warning("port lost", metadata: ["reason": "\(reason)"])
    }

    func portIsBack(_ publish: Publish) {
        isLost = false
        publish {
            $0.state = .polling
            $0.portError = nil
        }
        logger.notice("port is back")
    }

    /// A lost link is opened again at once and the same is asked once more: converters drop connections that were
    /// idle, adapters come back under the same name. nil: do that. When it is lost again over TCP, it was this request
    /// that the far side hung up on, which is as good as no reply and must not harm other devices.
    func afterLoss(_ reason: LinkError, _ publish: Publish) -> TransactionOutcome? {
        link = nil
        strikes += 1
        if strikes == 1, !isLost {
            beginGrace()
            // Converters drop connections for no reason; a port that was gone was pulled.
            if isSerial { conversation.linkRenewed(now: wait.now) }
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
}
