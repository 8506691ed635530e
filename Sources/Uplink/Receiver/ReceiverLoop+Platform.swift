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
        var isNews = false
        for key in awaitingPlatform.keys where message.covers(key) {
            awaitingPlatform[key] = nil
            acknowledgedByReceiver(key)
            isNews = true
        }
        // The platform can be quicker than the broker's PUBACK.
        for key in session.window.batches where message.covers(key) { session.acknowledgedEarly.insert(key) }
        link = .connected(session)
        guard isNews || !session.acknowledgedEarly.isEmpty else { return }
        platformWait = setup.timing.platform
        if problem == Self.silentPlatform(topics.acknowledgement) { report(nil, setup.time.bootTime()) }
    }

    /// The platform said nothing for too long: sent again, the same bytes. Each time that nothing is heard at all the
    /// next wait is twice as long, so that a platform that never acknowledges costs next to no traffic.
    func expirePlatformWaits(_ now: BootTime) {
        let expired = awaitingPlatform.filter { now - $0.value >= platformWait }.map(\.key)
        guard !expired.isEmpty else { return }
        for key in expired {
            awaitingPlatform[key] = nil
            if sentBefore.count < setup.limits.awaitingPlatform { sentBefore.insert(key) }
            plan.returned(key)
        }
        platformWait = min(platformWait * 2, max(setup.timing.platformMost, setup.timing.platform))
        if pause.current == nil { report(Self.silentPlatform(topics.acknowledgement), now) }
    }

    private static func silentPlatform(_ topic: String) -> MQTTProblem {
        MQTTProblem(
            .denied, "the broker has batches that the platform does not acknowledge",
            remedy: "see whether the platform takes batches and publishes to \(topic); they are kept and sent again")
    }
}
