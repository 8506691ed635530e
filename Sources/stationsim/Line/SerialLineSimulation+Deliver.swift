import SerialLine

extension SerialLineSimulation {
    /// When the next chunk of a transmission has left the line.
    func nextDelivery(of transmission: Transmission) -> Nanoseconds {
        guard isPaced else { return transmission.start }
        let upTo = min(transmission.bytes.count, transmission.sent + serial.chunk)
        return transmission.start + transmission.settings.timing.characters(upTo)
    }

    func end(of transmission: Transmission) -> Nanoseconds {
        guard isPaced else { return transmission.start }
        return transmission.start + transmission.settings.timing.characters(transmission.bytes.count)
    }

    /// The moment to wake up for a transmission: early for its last chunk, whose moment is met by spinning.
    func wake(for transmission: Transmission) -> Nanoseconds {
        nextDelivery(of: transmission) - (isLastChunk(transmission) ? Self.spin : 0)
    }

    /// How long a sleep may overshoot on a virtual machine, about; spent only once an answer.
    private static var spin: Nanoseconds { 150_000 }

    private func isLastChunk(_ transmission: Transmission) -> Bool {
        isPaced && transmission.sent + serial.chunk >= transmission.bytes.count
    }

    /// The end of an answer is what a master times itself by: it is met to the microsecond.
    private func spinToLastChunk(_ now: Nanoseconds) -> Nanoseconds {
        guard let next = outgoing.first, isLastChunk(next) else { return now }
        let moment = nextDelivery(of: next)
        guard moment - now <= Self.spin else { return now }
        var now = now
        while now < moment { now = Clock.monotonic() }
        return now
    }

    /// Hands over all that the port has received by now, in the order of time.
    mutating func deliver(_ now: Nanoseconds) {
        for index in outgoing.indices where outgoing[index].start <= now { decideWay(of: index) }
        let now = spinToLastChunk(now)
        while let index = nextDue(now) {
            if outgoing[index].way == .undecided { decideWay(of: index) }
            listen(until: nextDelivery(of: outgoing[index]))
            handOver(index, now)
        }
        listen(until: now)
    }

    /// The transmission whose next chunk is due, the earliest of them.
    private func nextDue(_ now: Nanoseconds) -> Int? {
        var first: (index: Int, moment: Nanoseconds)?
        for index in outgoing.indices {
            let moment = nextDelivery(of: outgoing[index])
            if moment <= now, moment < first?.moment ?? .max { first = (index, moment) }
        }
        return first?.index
    }

    private mutating func handOver(_ index: Int, _ now: Nanoseconds) {
        let transmission = outgoing[index]
        let planned = nextDelivery(of: transmission)
        let upTo = isPaced ? min(transmission.bytes.count, transmission.sent + serial.chunk) : transmission.bytes.count
        let chunk = transmission.bytes[transmission.sent..<upTo]
        // Taken before the bytes can be seen: a master that waits out the silence from then on is never too early.
        let moment = Clock.monotonic()
        let wallTime = Clock.realtime()
        if transmission.way == .straight {
            if (terminal?.write(chunk) ?? 0) < chunk.count { outgoing[index].isLost = true }
            outgoing[index].straight = upTo
            uart.skip(to: planned)
        }
        outgoing[index].sent = upTo
        guard upTo == transmission.bytes.count else {
            context.meter.count { $0.wakes.add(moment - planned) }
            return
        }
        if isPaced { context.meter.count { $0.lateness.add(moment - planned) } }
        let previous = (lineEnd, lastFrame)
        lineEnd = max(lineEnd, moment)
        finish(outgoing.remove(at: index), end: moment, wallTime, previous, now)
    }

    private mutating func finish(
        _ transmission: Transmission, end: Nanoseconds, _ wallTime: Nanoseconds,
        _ previous: (Nanoseconds, FrameKind), _ now: Nanoseconds
    ) {
        switch transmission.content {
        case .noise: lastFrame = .noise
        case .request:
            lastFrame = .request
            guard case .master(let place) = transmission.sender else { return }
            offer(
                Call(
                    bytes: transmission.bytes, start: transmission.start, end: self.end(of: transmission),
                    settings: transmission.settings, isInverted: false, emission: transmission.emission,
                    master: place, previous: previous), now)
        case .answer(var served, let requestTime, let master):
            lastFrame = .answer
            var event = transmission.isLost ? "overflow" : damage(to: transmission) ?? served.event
            if event == nil, isDoubtful(transmission) {
                event = "noise"
                served.isDoubtful = true
            }
            if let master {
                context.log(served, bus: bus.id, event: event, wallTime, to: serial.masters[master].id)
            } else {
                context.account(
                    served, bus: bus.id, event: event, end: end, wallTime,
                    useful: self.end(of: transmission) - transmission.start + requestTime)
            }
        }
    }
}
