internal import GatewayModel

/// Verdicts on a whole line.
extension VerdictJudge {
    private var requests: Int { bus.devices.reduce(0) { $0 + $1.tally.requests } }
    private func sum(_ part: (DeviceTally) -> Int) -> Int { bus.devices.reduce(0) { $0 + part($1.tally) } }

    /// No device of the line has given one sound answer, and at least two were asked, or one often.
    func mutism() -> Verdict? {
        let asked = bus.devices.filter { $0.tally.requests > 0 }
        let isMute = !asked.isEmpty && asked.allSatisfy { $0.tally.answers == 0 && !$0.hasEverAnswered }
        guard isMute, asked.count == bus.devices.count, requests >= 3 * asked.count, requests >= 6 else { return nil }
        let spoiled = sum(\.spoiled)
        if 2 * sum(\.zeros) > requests { return swapped() }
        let found = asked.compactMap(\.foundAt)
        if let elsewhere = found.first, let own = bus.format {
            guard found.count > 1, found.allSatisfy({ $0.format == elsewhere.format }) else { return nil }
            return misset(found.count, elsewhere.format, own)
        }
        if 4 * spoiled > requests, requests >= 8 { return garbled(spoiled) }
        guard spoiled == 0, bus.devices.count > 1, bus.line.foreignRequests == 0 else { return nil }
        return Verdict(
            .deadLine, "no device of this bus answers, and nothing is heard on it",
            evidence: ["\(requests) requests to \(asked.count) devices: not one byte"],
            advice: "check that this is the right port, that A and B are connected and not swapped, and the devices' "
                + "power; then `gatewayctl scan` finds another baud rate or parity")
    }

    private func misset(_ count: Int, _ theirs: SerialFormat, _ own: SerialFormat) -> Verdict {
        Verdict(
            .wrongBaudOrParity, "the devices of this bus are at \(theirs.text), the bus is at \(own.text)",
            evidence: ["nobody answers at \(own.text)", "\(count) devices answered at \(theirs.text)"],
            advice: "set the bus to \(theirs.text) in the config")
    }

    private func swapped() -> Verdict {
        Verdict(
            .swappedWires, "A and B of this bus are swapped at the gateway",
            evidence: [
                "no device answers",
                "zero bytes after \(sum(\.zeros)) of \(requests) requests: the idle line reads as a break",
            ],
            advice: "swap the two wires at the gateway's terminal")
    }

    private func garbled(_ spoiled: Int) -> Verdict {
        let settings = bus.format.map { " (\($0.text))" } ?? ""
        return Verdict(
            .wrongBaudOrParity,
            "devices answer, but not one answer can be read: baud rate or parity of the port is wrong",
            evidence: ["\(spoiled) of \(requests) requests got bytes, none a sound answer\(settings)"],
            advice: "set the devices' baud rate and parity in the config; `gatewayctl scan` finds them")
    }

    func secondMaster() -> Verdict? {
        guard bus.line.foreignRequests >= 3, let request = bus.line.foreignRequest else { return nil }
        return Verdict(
            .secondMaster, "somebody else sends requests on this bus",
            evidence: [
                "\(bus.line.foreignRequests) requests heard that this gateway did not send, the last: unit "
                    + "\(request.unit), function \(request.function), address \(request.address), count \(request.count)"
            ],
            advice: "find the other controller and take it off the line, or let it be the only master and listen to it "
                + "(`mode: listen`)")
    }

    func echo() -> Verdict? {
        guard bus.line.requests >= 8, 2 * bus.line.echoes > bus.line.requests else { return nil }
        return Verdict(
            .echo, "the port hears what it sends",
            evidence: ["\(bus.line.echoes) of \(bus.line.requests) requests came back as they were sent"],
            advice: "turn off the adapter's local echo: its receiver must be off while it sends (RE and DE joined)")
    }

    /// Answers are spoiled all along the line: why?
    func quality() -> Verdict? {
        let heard = bus.healthy.filter { $0.tally.requests >= Self.leastRequests }
        let affected = heard.filter { $0.tally.spoiledShare > Self.tolerable }
        let spoiled = heard.reduce(0) { $0 + $1.tally.spoiled }
        let total = heard.reduce(0) { $0 + $1.tally.answers + $1.tally.spoiled }
        let all = share(spoiled, of: total)
        let isWide = affected.count >= 2 && 2 * affected.count > heard.count && all > Self.tolerable
        let figures =
            "\(spoiled) of \(total) answers spoiled (\(percent(all))), \(affected.count) of \(heard.count) devices"
        // One device alone on its line cannot be told from the line, unless a signal gives it away.
        if let signal = bus.signal { return noise(with: signal, figures) }
        if let verdict = floating(figures) { return verdict }
        if let verdict = unasked(figures) { return verdict }
        if let verdict = reflections(heard, figures) { return verdict }
        guard isWide else { return nil }
        return Verdict(
            .noise, "answers are spoiled all along this bus", evidence: [figures],
            advice:
                "check termination at both ends, bias, the shield and the earth of the cable; a lower baud rate helps")
    }

    private func noise(with signal: BusCase.Signal, _ figures: String) -> Verdict {
        Verdict(
            .noiseFromSignal, "noise is on this bus while \(signal.name) is on",
            evidence: [
                "on: \(percent(signal.row.on.share)) of \(signal.row.on.requests) requests disturbed",
                "off: \(percent(signal.row.off.share)) of \(signal.row.off.requests)",
                "it was switched \(signal.row.changes) times", figures,
            ],
            advice:
                "lay the bus cable apart from that drive's power cable, earth its shield at one end, fit the drive's "
                + "filter")
    }

    /// Bytes right behind frames, when a driver has let go: nobody holds the line.
    private func floating(_ figures: String) -> Verdict? {
        let noisy = sum(\.noisy)
        let (idle, late) = (bus.line.idleNoise, bus.line.lateNoise)
        let isOften = share(idle + noisy, of: bus.line.requests) > Self.bad
        guard bus.line.requests >= Self.leastRequests, isOften, 5 * late < 2 * (idle + noisy) else { return nil }
        let devices = bus.healthy.filter { $0.tally.noisy > 0 }.count
        guard idle > 0 && share(idle, of: bus.line.requests) > Self.tolerable || devices >= 2 else { return nil }
        return Verdict(
            .bias, "bytes come from this bus when a frame has ended: the idle line is not held",
            evidence: [
                "noise \(idle) times at \(bus.line.requests) requests, \(idle - late) of them right behind a frame, and before "
                    + "\(noisy) answers",
                figures,
            ],
            advice:
                "fit bias resistors (about 560 ohm, A to +5 V and B to ground) at one place of the line, and 120 ohm "
                + "at both ends")
    }

    /// Bytes out of the blue, mostly when nobody has spoken for long.
    private func unasked(_ figures: String) -> Verdict? {
        let (idle, late) = (bus.line.idleNoise, bus.line.lateNoise)
        guard bus.line.requests >= Self.leastRequests, late >= 6, share(late, of: bus.line.requests) > Self.bad else {
            return nil
        }
        return Verdict(
            .noise, "bytes come from this bus that are no frame and that nobody asked for",
            evidence: [
                "\(idle) times at \(bus.line.requests) requests, \(late) of them long after any frame", figures,
            ],
            advice:
                "take the devices off one by one until it stops: one may be sending by itself; if none is, check the "
                + "shield and the earth of the cable, and what is switched beside it")
    }

    /// Reflections spoil long answers most: of most devices that have any, and of two at least.
    private func reflections(_ heard: [BusCase.Device], _ figures: String) -> Verdict? {
        let (long, longSpoiled) = (
            heard.reduce(0) { $0 + $1.tally.long }, heard.reduce(0) { $0 + $1.tally.longSpoiled }
        )
        let (short, shortSpoiled) = (
            heard.reduce(0) { $0 + $1.tally.short }, heard.reduce(0) { $0 + $1.tally.shortSpoiled }
        )
        guard long >= Self.leastRequests, short >= Self.leastRequests else { return nil }
        let isSteep = share(longSpoiled, of: long) > max(Self.bad, 3 * share(shortSpoiled, of: short))
        let verbose = heard.filter { 2 * $0.tally.long >= $0.tally.requests }
        let hit = verbose.filter { share($0.tally.longSpoiled, of: $0.tally.long) > Self.tolerable }
        guard isSteep, hit.count >= 2, 2 * hit.count > verbose.count else { return nil }
        return Verdict(
            .termination, "long answers are spoiled all along this bus, short ones hardly: reflections",
            evidence: [
                figures,
                "of answers over \(DeviceTally.shortAnswer) characters \(percent(share(longSpoiled, of: long))), of "
                    + "shorter ones \(percent(share(shortSpoiled, of: short)))",
            ],
            advice:
                "check that there are 120 ohm at both ends and nowhere else, and no long branches; or lower the baud "
                + "rate, or `max_registers`")
    }
}
