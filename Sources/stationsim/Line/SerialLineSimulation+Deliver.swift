import SerialLine

extension SerialLineSimulation {
    /// When the next chunk of a transmission has left the line.
    func nextDelivery(of transmission: Transmission) -> Nanoseconds {
        guard isPaced else { return transmission.start }
        let upTo = min(transmission.bytes.count, transmission.sent + serial.chunk)
        return transmission.start + timing.characters(upTo)
    }

    private func end(of transmission: Transmission) -> Nanoseconds {
        isPaced ? transmission.start + timing.characters(transmission.bytes.count) : transmission.start
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

    /// Hands over all chunks whose time has come.
    mutating func deliver(_ now: Nanoseconds) {
        let now = spinToLastChunk(now)
        garbleOverlaps(now)
        var index = 0
        while index < outgoing.count {
            while outgoing[index].sent < outgoing[index].bytes.count, nextDelivery(of: outgoing[index]) <= now {
                handOver(index)
            }
            if outgoing[index].sent < outgoing[index].bytes.count {
                index += 1
            } else {
                outgoing.remove(at: index)
            }
        }
    }

    private mutating func handOver(_ index: Int) {
        let transmission = outgoing[index]
        let planned = nextDelivery(of: transmission)
        let upTo = isPaced ? min(transmission.bytes.count, transmission.sent + serial.chunk) : transmission.bytes.count
        var chunk = Array(transmission.bytes[transmission.sent..<upTo])
        if transmission.isGarbled { chunk = chunk.map { $0 ^ UInt8(random.next() % 255 + 1) } }
        // Taken before the bytes can be seen: a master that waits out the silence from then on is never too early.
        let moment = Clock.monotonic()
        let wallTime = Clock.realtime()
        let accepted = terminal?.write(chunk) ?? 0
        outgoing[index].sent = upTo
        if accepted < chunk.count { outgoing[index].isLost = true }
        guard upTo == transmission.bytes.count else {
            context.meter.count { $0.wakes.add(moment - planned) }
            return
        }
        if isPaced { context.meter.count { $0.lateness.add(moment - planned) } }
        lineEnd = max(lineEnd, moment)
        lastFrame = transmission.reply == nil ? .noise : .answer
        account(outgoing[index], end: moment, wallTime)
    }

    private func account(_ transmission: Transmission, end: Nanoseconds, _ wallTime: Nanoseconds) {
        guard let reply = transmission.reply else { return }
        let event = transmission.isGarbled ? "collision" : transmission.isLost ? "overflow" : reply.event
        context.account(
            reply, bus: bus.id, event: event, end: end, wallTime,
            useful: timing.characters(transmission.bytes.count + transmission.requestLength))
    }

    /// Frames that share a moment spoil each other, whoever sends them.
    private mutating func garbleOverlaps(_ now: Nanoseconds) {
        guard isPaced, !outgoing.isEmpty else { return }
        for index in outgoing.indices where outgoing[index].start <= now {
            if request != nil, outgoing[index].start < requestEnd {
                request?.isGarbled = true
                outgoing[index].isGarbled = true
            }
            for other in outgoing.indices where other != index {
                let meets =
                    outgoing[other].start < end(of: outgoing[index])
                    && outgoing[index].start < end(of: outgoing[other])
                if meets { outgoing[index].isGarbled = true }
            }
        }
    }
}
