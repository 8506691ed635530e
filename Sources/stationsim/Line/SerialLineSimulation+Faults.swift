import SerialLine

extension SerialLineSimulation {
    /// Closes the port while a fault says so, and opens a new one under the same name afterwards.
    mutating func followPortFault(_ now: Nanoseconds) {
        let isGone = bus.hasPortFault(at: now - context.start)
        if isGone, let lost = terminal {
            lost.unlink(from: link)
            terminal = nil
            request = nil
            outgoing = []
            context.truth?.event("port-gone", bus: bus.id, device: nil, at: Clock.realtime())
        } else if !isGone, terminal == nil, now >= nextTry {
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

    /// Random bytes that belong to no frame.
    mutating func addIdleNoise(_ now: Nanoseconds) {
        nextNoise = nil
        for (index, fault) in bus.faults.enumerated() {
            guard case .idleNoise(let every, let bytes) = fault.kind else { continue }
            var due = noiseTimes[index] ?? context.start + max(fault.from, every)
            guard due - context.start < fault.to else { continue }
            if now >= due {
                let burst = noise(bytes)
                add(Transmission(start: now, bytes: burst))
                context.truth?.event("noise", bus: bus.id, device: nil, at: Clock.realtime())
                due = max(due, now) + every / 2 + Nanoseconds(random.next() % UInt64(every))
            }
            noiseTimes[index] = due
            nextNoise = min(nextNoise ?? due, due)
        }
    }
}
