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

    /// Hands over all chunks whose time has come.
    mutating func deliver(_ now: Nanoseconds) {
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
        if isPaced { context.meter.count { $0.lateness.add(moment - planned) } }
        guard upTo == transmission.bytes.count else { return }
        lineEnd = max(lineEnd, moment)
        lastFrame = transmission.reply == nil ? .noise : .answer
        account(outgoing[index], end: moment, wallTime)
    }

    /// Writes what was served, or why it was not, into the truth log.
    private func account(_ transmission: Transmission, end: Nanoseconds, _ wallTime: Nanoseconds) {
        guard let reply = transmission.reply else { return }
        let event = transmission.isGarbled ? "collision" : transmission.isLost ? "overflow" : reply.event
        let characters = transmission.bytes.count + transmission.requestLength
        context.meter.count { statistics in
            statistics.lastAnswer = end
            if reply.isException, event == "exception" { statistics.exceptions += 1 }
            guard event == nil else {
                statistics.faults += 1
                return
            }
            statistics.answered += 1
            statistics.values += reply.values.count
            statistics.usefulTime += timing.characters(characters)
        }
        if let event {
            let code = reply.isException ? reply.pdu.last : nil
            context.truth?.event(event, bus: bus.id, device: reply.device, at: wallTime, code: code)
        }
        if event == nil || (event == "noise" && reply.isDoubtful) {
            context.truth?.served(reply.values, at: wallTime, isDoubtful: reply.isDoubtful)
        }
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
