import SerialLine

extension SerialLineSimulation {
    /// Lets every device hear a request, each with its own receiver, and puts their answers on the line.
    mutating func offer(_ call: Call, _ now: Nanoseconds) {
        let isMixed = isPaced && wire.isMixed(call.emission)
        let addressed = rack.device(addressedBy: call.bytes)
        var known: [Wiring: Frame] = [:]
        var (isAnswered, isTooSoon, isForeign, isHeard, isBusy) = (false, false, false, false, false)
        var silence: String?
        for index in rack.places.indices {
            let device = rack.places[index].slave.device
            if outgoing.contains(where: { $0.sender == .device(device) }) {
                if device == addressed { isBusy = true }
                continue
            }
            switch frame(for: index, call, isMixed, &known) {
            case .tooSoon:
                if device == addressed { isTooSoon = true }
            case .lost: continue
            case .bytes(let bytes):
                switch rack.places[index].slave.hear(bytes, at: now - context.start) {
                case .nonsense: continue
                case .foreign: isForeign = true
                case .silence(let event):
                    isHeard = true
                    silence = event
                case .answer(let reply):
                    isAnswered = true
                    send(reply, from: rack.places[index].wiring, to: call)
                }
            }
        }
        if isAnswered { return }
        switch true {
        case isTooSoon: dismiss("ignored", addressed, call, \.ignored)
        case isHeard: dismiss(silence ?? "dead", addressed, call, \.unanswered)
        case isMixed: dismiss("collision", addressed, call, \.spoiled)
        case isBusy: dismiss("busy", addressed, call, \.unanswered)
        case addressed != nil: dismiss("unheard", addressed, call, \.spoiled)
        case isForeign, ModbusCRC.matches(call.bytes): dismiss("nobody", nil, call, \.unanswered)
        default: dismiss("malformed", nil, call, \.malformed)
        }
    }

    /// What reaches a device of a request.
    private enum Frame {
        case bytes([UInt8])
        /// The silence before it was too short for this device.
        case tooSoon
        /// Nothing, or nothing that its UART would take.
        case lost
    }

    private func frame(for index: Int, _ call: Call, _ isMixed: Bool, _ known: inout [Wiring: Frame]) -> Frame {
        let wiring = rack.places[index].wiring
        guard isPaced else { return .bytes(call.bytes) }
        let silence = wiring.settings.timing.frameSilence
        let isClose = call.start < call.previous.end + silence
        let isClean =
            serial.condition.isSound && !isMixed && wiring.isSwapped == call.isInverted
            && wiring.settings.agrees(with: call.settings) && !(isClose && call.previous.kind == .noise)
        if isClean { return isClose && serial.strict ? .tooSoon : .bytes(call.bytes) }
        let owner = Emission.Sender.device(rack.places[index].slave.device)
        let isShared = !wire.emissions.contains { $0.sender == owner }
        if isShared, let frame = known[wiring] { return frame }
        let frame = heardFrame(wiring, by: owner, call)
        if isShared { known[wiring] = frame }
        return frame
    }

    /// Bit by bit: the characters from the last silence before the request on.
    private func heardFrame(_ wiring: Wiring, by owner: Emission.Sender, _ call: Call) -> Frame {
        let timing = wiring.settings.timing
        let silence = serial.strict ? timing.frameSilence : timing.characterSilence
        var uart = UART(wiring.settings, from: wire.quietMoment(before: call.start, silence: silence))
        let limit = call.end + timing.characterSilence + timing.characters(1)
        let ear = Ear(owner: owner, isInverted: wiring.isSwapped)
        var frame: [UART.Character] = []
        for character in uart.listen(to: wire, with: ear, until: limit) {
            if let last = frame.last, character.start - (last.start + timing.characters(1)) >= silence {
                if last.end > call.start { break }
                frame = []
            }
            frame.append(character)
        }
        guard let last = frame.last, last.end > call.start, wiring.isTolerant || frame.allSatisfy(\.isGood) else {
            return .lost
        }
        return .bytes(frame.map(\.byte))
    }

    private func dismiss(
        _ event: String, _ device: String?, _ call: Call, _ counter: WritableKeyPath<LineStatistics, Int>
    ) {
        if call.master == nil { context.meter.count { $0[keyPath: counter] += 1 } }
        context.truth?.event(event, bus: bus.id, device: device, at: Clock.realtime())
    }

    private mutating func send(_ reply: LineReply, from wiring: Wiring, to call: Call) {
        let delay = isPaced || reply.served.event == "late" ? reply.delay : 0
        var served = reply.served
        served.asked = call.start
        add(
            reply.bytes, at: call.end + delay, wiring.settings, isInverted: wiring.isSwapped,
            by: .device(served.device), .answer(served, requestTime: call.time, master: call.master))
    }
}
