internal import GatewayModel
internal import Logging

extension ReceiverLoop {
    /// Certificates are renewed while the gateway runs; the new ones are used within two looks, without a restart. As
    /// long as they cannot be used the connection goes on with the old ones, and status says what is wrong.
    ///
    /// - Returns: true when the connection is to be made anew, now.
    func lookAtFiles(_ session: inout Session, _ now: BootTime) -> Bool {
        if let renewBy = session.renewBy { return session.window.isEmpty || now >= renewBy }
        guard let tls = setup.configuration.mqtt.tls, now >= session.filesDue else { return false }
        session.filesDue = now + setup.timing.certificates
        guard tlsFiles?.haveChanged() == true else { return false }
        do throws(MQTTProblem) {
            _ = try TLSContext(tls, host: setup.configuration.mqtt.host, at: setup.certificateTime())
        } catch {
            report(MQTTProblem(.configuration, "replaced, but not usable: \(error.text)", remedy: error.remedy), now)
            return false
        }
        for entry in session.ready { plan.returned(entry.batch.key) }
        session.ready = []
        session.renewBy = now + setup.timing.renewal
        return session.window.isEmpty
    }

    /// Without a good-bye: if the new certificate lets nobody in, the will has said so.
    func renew(_ session: Session, _ now: BootTime) {
        setup.logger.info("the TLS files were replaced; connecting anew")
        endSession(session, now)
        client = nil
        link = .waiting(until: now)
    }
}
