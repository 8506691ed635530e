import SerialLine

extension SerialLineSimulation {
    /// Puts on the line what comes without having been asked for.
    mutating func sendUnasked(_ now: Nanoseconds) {
        guard terminal != nil else { return }
        let elapsed = now - context.start
        for index in unasked.indices {
            guard let due = unasked[index].due, due <= elapsed else { continue }
            send(unasked[index], now)
            unasked[index].advance(elapsed, &random)
        }
    }

    private mutating func send(_ source: UnaskedSource, _ now: Nanoseconds) {
        switch source.kind {
        case .noise(let count):
            add(random.bytes(count), at: now, serial.settings, by: .noise, .noise)
            context.truth?.event("noise", bus: bus.id, device: nil, at: Clock.realtime())
        case .babble(let place, let count, let frame):
            let wiring = rack.places[place].wiring
            let device = rack.places[place].slave.device
            add(
                frame.map { $0 + ModbusCRC.bytes(of: $0) } ?? random.bytes(count), at: now, wiring.settings,
                isInverted: wiring.isSwapped, by: .device(device),
                .noise)
            context.truth?.event("babble", bus: bus.id, device: device, at: Clock.realtime())
        case .master(let place):
            let master = serial.masters[place]
            guard !outgoing.contains(where: { $0.sender == .master(place) }) else { return }
            add(
                master.requests[source.count % master.requests.count], at: now, master.settings, by: .master(place),
                .request)
        }
    }

    mutating func add(
        _ bytes: [UInt8], at start: Nanoseconds, _ settings: SerialSettings, isInverted: Bool = false,
        by sender: Emission.Sender, _ content: Transmission.Content
    ) {
        var emission: UInt64 = 0
        if isPaced { emission = wire.add(bytes, at: start, settings, isInverted: isInverted, by: sender) }
        let transmission = Transmission(
            start: start, bytes: bytes, settings: settings, sender: sender, content: content, emission: emission)
        let place = outgoing.firstIndex { $0.start > start } ?? outgoing.endIndex
        outgoing.insert(transmission, at: place)
    }
}
