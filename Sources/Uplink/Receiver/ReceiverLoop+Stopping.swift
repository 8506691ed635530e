internal import GatewayModel
internal import Logging

extension ReceiverLoop {
    /// Kept of the time limit for the good-bye itself.
    private static var goodBye: Nanoseconds { .milliseconds(200) }

    /// Nothing to say good-bye to; acknowledgements are still recorded.
    func finishUnconnected(_ now: BootTime) {
        client = nil
        record()
        guard let stopBy else { return }
        isDone = unrecorded.isEmpty || now >= stopBy
    }

    /// Lets what is on its way arrive, then leaves with the retained `offline` status, so that the will is not needed.
    func advanceStop(_ session: inout Session, _ now: BootTime) throws(MQTTProblem) {
        guard let stopBy else { return }
        if !session.isStopping {
            session.isStopping = true
            for entry in session.ready { plan.returned(entry.batch.key) }
            session.ready = []
            let payload = statusPayload(state: "offline", reason: "stopped")
            try publish(.status, topic: topics.status, payload: payload, in: &session, now)
        }
        let isQuiet = session.window.isEmpty && unrecorded.isEmpty
        if !session.saidGoodBye, isQuiet || now >= stopBy - Self.goodBye {
            session.saidGoodBye = true
            client?.disconnect()
        }
        // libmosquitto closes the socket once the DISCONNECT is out.
        if session.saidGoodBye, client?.socket ?? -1 < 0 || now >= stopBy { isDone = true }
    }
}
