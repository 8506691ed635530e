import SerialLine

/// What the port's UART hears when bytes do not pass as they are.
extension SerialLineSimulation {
    /// True when every character has to be listened for, because of the cable or the gateway's own wires.
    private var isSick: Bool { isPaced && (serial.isSwapped || !serial.condition.isSound) }

    /// How a transmission gets to the port. What once needed the UART stays with it to the end.
    mutating func decideWay(of index: Int) {
        let transmission = outgoing[index]
        guard isPaced else {
            outgoing[index].way = .straight
            return
        }
        if transmission.way == .heard { return }
        if transmission.way == .undecided { followSettings() }
        let isStraight =
            !isSick && wire[transmission.emission]?.isInverted == false
            && port.settings.agrees(with: transmission.settings) && !wire.isMixed(transmission.emission)
            && uart.completion == nil
        outgoing[index].way = isStraight ? .straight : .heard
    }

    private var isListening: Bool {
        isSick || (isPaced && (uart.completion != nil || outgoing.contains { $0.way == .heard }))
    }

    /// Hands over what the port's UART has received by then.
    mutating func listen(until limit: Nanoseconds) {
        guard isListening, limit > uart.position else { return }
        followSettings()
        let ear = Ear(owner: .port, isInverted: serial.isSwapped)
        let fresh = uart.listen(to: wire, with: ear, until: limit)
        guard !fresh.isEmpty else { return }
        heard += fresh
        if heard.count > 1024 { heard.removeFirst(heard.count - 1024) }
        let bytes = fresh.flatMap { port.bytes(for: $0) }
        let accepted = terminal?.write(bytes) ?? 0
        if accepted < bytes.count {
            for index in outgoing.indices where outgoing[index].way == .heard { outgoing[index].isLost = true }
        }
    }

    /// When the UART will have something to hand over.
    func nextHearing() -> [Nanoseconds] {
        var moments: [Nanoseconds] = []
        if isPaced, let completion = uart.completion { moments.append(completion) }
        guard isSick, terminal != nil else { return moments }
        let now = Clock.monotonic()
        if let end = wire.floatingEnd(), end >= uart.position { moments.append(end + uart.duration) }
        if serial.condition.interference != nil {
            moments.append(now + (wire.isDisturbed(from: now, to: now) ? uart.duration : 50_000_000))
            if let next = wire.nextDisturbance(after: now) { moments.append(next + uart.duration) }
        }
        return moments
    }

    mutating func followInterference() {
        guard let interference = serial.condition.interference else { return }
        guard let signal = interference.signal else {
            wire.isInterfered = true
            return
        }
        let values = context.board.snapshot()
        wire.isInterfered = values.indices.contains(signal) && values[signal] >= 0.5
    }

    /// What the port made of a transmission that has left: nil when it received it as it was sent.
    func damage(to transmission: Transmission) -> String? {
        guard transmission.way == .heard else { return nil }
        let end = end(of: transmission)
        let heardFrom = transmission.start + transmission.settings.timing.characters(transmission.straight)
        let half = transmission.settings.middle(ofBit: 0)
        let received = heard.filter { $0.start >= heardFrom - half && $0.start < end - half }
        if received.flatMap({ port.bytes(for: $0) }).elementsEqual(transmission.bytes.dropFirst(transmission.straight))
        {
            return nil
        }
        return wire.isMixed(transmission.emission) ? "collision" : "garbled"
    }

    /// True when noise stood so close to a transmission that a master may count it to the frame.
    func isDoubtful(_ transmission: Transmission) -> Bool {
        guard isSick else { return false }
        let silence = transmission.settings.timing.frameSilence
        return wire.isDisturbed(from: transmission.start - silence, to: end(of: transmission) + silence)
    }
}
