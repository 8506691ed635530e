internal import GatewayModel
internal import Logging

extension ReceiverLoop {
    /// A message on `PREFIX/GATEWAY/ack`. What is unknown or repeated is ignored.
    func platformAcknowledged(_ payload: [UInt8]) {
        guard setup.configuration.acknowledgement == .platform, case .connected(var session) = link else { return }
        let message: PlatformAcknowledgement
        do {
            message = try PlatformAcknowledgement(parsing: payload)
        } catch {
            setup.logger.warning("the platform's acknowledgement is not understood", metadata: ["reason": "\(error)"])
            return
        }
        for key in awaitingPlatform.keys where message.covers(key) {
            awaitingPlatform[key] = nil
            acknowledgedByReceiver(key)
        }
        // The platform can be quicker than the broker's PUBACK.
        for key in session.window.batches where message.covers(key) { session.acknowledgedEarly.insert(key) }
        link = .connected(session)
    }

    /// The platform said nothing for too long: sent again, the same bytes.
    func expirePlatformWaits(_ now: BootTime) {
        for (key, since) in awaitingPlatform where now - since >= setup.timing.platform {
            awaitingPlatform[key] = nil
            if sentBefore.count < setup.limits.awaitingPlatform { sentBefore.insert(key) }
            plan.returned(key)
        }
    }
}
