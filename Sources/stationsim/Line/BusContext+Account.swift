extension BusContext {
    /// Counts an answer that has left, and writes what it served, or why it served nothing, into the truth log.
    func account(
        _ served: Served, bus: String, event: String?, end: Nanoseconds, _ wallTime: Nanoseconds, useful: Nanoseconds
    ) {
        meter.count { statistics in
            statistics.lastAnswer = end
            if event == "exception" { statistics.exceptions += 1 }
            guard event == nil else {
                statistics.faults += 1
                return
            }
            statistics.answered += 1
            statistics.values += served.values.count
            statistics.usefulTime += useful
        }
        log(served, bus: bus, event: event, wallTime)
    }

    /// - Parameter master: Whom it answered, when it was not the program at the port.
    func log(_ served: Served, bus: String, event: String?, _ wallTime: Nanoseconds, to master: String? = nil) {
        if let event {
            truth?.event(event, bus: bus, device: served.device, at: wallTime, code: served.code)
        }
        if event == nil || (event == "noise" && served.isDoubtful) {
            let asked = served.asked.map { wallTime - (Clock.monotonic() - $0) }
            truth?.served(served.values, at: wallTime, asked: asked, isDoubtful: served.isDoubtful, to: master)
        }
    }
}
