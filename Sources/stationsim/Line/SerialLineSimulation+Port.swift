import SerialLine

extension SerialLineSimulation {
    /// Closes the port while a fault says so, and opens a new one afterwards.
    mutating func followPortFault(_ now: Nanoseconds) {
        let fault = bus.portFault(at: now - context.start)
        if let fault, let lost = terminal {
            links.remove(to: lost)
            if case .portGone(let returns?) = fault.kind { links.adapter = returns }
            terminal = nil
            request = nil
            outgoing = []
            wire.removeAll()
            context.truth?.event("port-gone", bus: bus.id, device: nil, at: Clock.realtime())
        } else if fault == nil, terminal == nil, now >= nextTry {
            do {
                try open()
                context.truth?.event("port-back", bus: bus.id, device: nil, at: Clock.realtime())
            } catch {
                nextTry = now + 1_000_000_000
            }
        }
    }

    /// The next moment at which a fault takes the port away or gives it back.
    func nextPortChange() -> Nanoseconds? {
        let now = Clock.monotonic()
        let retry = terminal == nil && nextTry > now ? nextTry : nil
        return [bus.nextPortChange(after: now - context.start).map { $0 + context.start }, retry].compactMap { $0 }
            .min()
    }

    /// Looks at what the program at the port has set it to.
    mutating func followSettings() {
        guard serial.port == nil, let asked = terminal?.asked, asked != port else { return }
        port = asked
        if uart.settings != asked.settings { uart = UART(asked.settings, from: uart.position) }
    }
}
