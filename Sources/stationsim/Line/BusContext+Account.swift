extension BusContext {
    /// Counts an answer that has left, and writes what it served, or why it served nothing, into the truth log.
    func account(
        _ reply: Reply, bus: String, event: String?, end: Nanoseconds, _ wallTime: Nanoseconds, useful: Nanoseconds
    ) {
        meter.count { statistics in
            statistics.lastAnswer = end
            if event == "exception" { statistics.exceptions += 1 }
            guard event == nil else {
                statistics.faults += 1
                return
            }
            statistics.answered += 1
            statistics.values += reply.values.count
            statistics.usefulTime += useful
        }
        if let event {
            let code = reply.isException ? reply.pdu.last : nil
            truth?.event(event, bus: bus, device: reply.device, at: wallTime, code: code)
        }
        if event == nil || (event == "noise" && reply.isDoubtful) {
            truth?.served(reply.values, at: wallTime, isDoubtful: reply.isDoubtful)
        }
    }
}
