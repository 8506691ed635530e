internal import GatewayModel

/// Verdicts on one device.
extension VerdictJudge {
    /// It does not answer any more, or never did.
    ///
    /// - Parameter isCrowded: another master asks, too, so that frames of the device prove nothing.
    func silent(_ device: BusCase.Device, isCrowded: Bool = false) -> Verdict? {
        let tally = device.tally
        if let found = device.foundAt { return misplaced(device, found) }
        if !isCrowded, let slow = tooSlow(device) { return slow }
        let isHeard = tally.bytesInARow > 4 * tally.failuresInARow && tally.failuresInARow >= 6
        if isHeard, bus.line.requests >= Self.leastRequests {
            return sharedAddress(device) ?? spoilt(device)
        }
        let unanswered = "\(tally.failuresInARow) requests in a row without an answer"
        let tries = device.tries > 0 ? ["\(device.tries) other addresses and settings were tried in vain"] : []
        if device.hasEverAnswered {
            let since = tally.lastAnswer.map { ["answered until \(Self.span(bus.now - $0)) ago"] } ?? []
            return Verdict(
                .deadOrUnpowered, device: device.id,
                "it has stopped answering: dead or without power, or its tap is off",
                evidence: since + [unanswered, neighbours(of: device)] + tries,
                advice: "check its power and its two wires; it is asked again by itself")
        }
        let unknown = bus.line.unknownUnits.filter { $0.value >= 2 }.keys.sorted()
        if !unknown.isEmpty, device.isModbus {
            return Verdict(
                .wrongAddress, device: device.id,
                "nobody answers at address \(device.address), but somebody elsewhere does",
                evidence: [
                    unanswered, "heard from unknown addresses: " + unknown.map { "\($0)" }.joined(separator: ", "),
                ],
                advice: "set the address in the config, or at the device")
        }
        return Verdict(
            .deadOrUnpowered, device: device.id,
            "it has never answered: without power, not connected, or at another address, baud rate or parity",
            evidence: [unanswered, neighbours(of: device)] + tries,
            advice: "check its power, wires (A and B swapped at its tap look the same) and the address on its display; "
                + "`gatewayctl scan` finds other addresses and settings")
    }

    private func misplaced(_ device: BusCase.Device, _ found: BusCase.Finding) -> Verdict {
        if found.unit != device.unit {
            return Verdict(
                .wrongAddress, device: device.id, "its address is \(found.unit), not \(device.unit)",
                evidence: ["nobody answers at \(device.address)", "an unknown device answers at \(found.unit)"],
                advice: "set address \(found.unit) in the config, or \(device.unit) at the device")
        }
        let present = bus.format.map { ", the bus is at \($0.text)" } ?? ""
        return Verdict(
            .wrongBaudOrParity, device: device.id, "it answers at \(found.format.text)\(present)",
            evidence: ["no answer as configured", "a sound answer at \(found.format.text)"],
            advice: "set the device to the bus's settings, or `baud` and `format` of this device in the config")
    }

    /// Another meter at an old address.
    func changed(_ device: BusCase.Device, _ other: (expected: String, seen: String)) -> Verdict {
        let says =
            other.seen == IdentityWatch.none
            ? "asked twice, it has no such register" : "read twice in a row: \(other.seen)"
        return Verdict(
            .otherDevice, device: device.id, "another device answers at address \(device.address)",
            evidence: ["identity until now: \(other.expected)", says, "its values are withheld (wrong-answer)"],
            advice:
                "if the meter was changed, `gatewayctl learnt --accept \(device.id)`; if not, two lines or addresses "
                + "were swapped")
    }

    private func neighbours(of device: BusCase.Device) -> String {
        let others = bus.devices.filter { $0.id != device.id }
        let well = others.filter { !$0.isSilent && $0.tally.answers > 0 }.count
        return others.isEmpty
            ? "it is alone on its bus" : "\(well) of the \(others.count) other devices of the bus answer"
    }

    /// Answers come, after the time-out.
    func tooSlow(_ device: BusCase.Device) -> Verdict? {
        let tally = device.tally
        let isOften = tally.late >= 3 && tally.requests >= 6 && 5 * tally.late >= tally.noReplies
        // Of a device that has never answered in time, one is enough: it is there, and its frame was sound.
        guard isOften || tally.late >= 1 && !device.hasEverAnswered else { return nil }
        let needed = max(device.timeout + tally.lateBy, device.times?.p999 ?? 0)
        let advised = (needed + needed / 2) / 100_000_000 * 100 + 100
        return Verdict(
            .tooSlow, device: device.id,
            "it answers, but after the response timeout of \(device.timeout / 1_000_000) ms",
            evidence: [
                "\(tally.late) answers came after they had been given up, the last \(tally.lateBy / 1_000_000) ms late",
                "\(tally.noReplies) of \(tally.requests) requests timed out",
            ],
            advice: "set `response_timeout: \(advised)ms` for this device")
    }

    /// It sends by itself, and into the frames of the others.
    func babbler(_ device: BusCase.Device) -> Verdict? {
        let tally = device.tally
        guard tally.unasked >= 3, 4 * tally.unasked >= tally.doubled else { return nil }
        return Verdict(
            .babbler, device: device.id, "it speaks without being asked",
            evidence: [
                "\(tally.unasked) sound frames of address \(device.address) that answer no request",
                "\(tally.requests) requests to it in the same time",
            ],
            advice: "turn off its automatic reports (its active upload mode); if it has none, take it off the line")
    }

    /// Two answers to one request, or answers that are garbled from their first byte or longer than any one can be.
    func sharedAddress(_ device: BusCase.Device) -> Verdict? {
        let tally = device.tally
        let mixed = max(tally.overlong + tally.headless, 0)
        let isDoubled = tally.doubled >= 3
        let isMixed = tally.spoiled >= 6 && mixed * 2 > tally.spoiled && tally.spoiledShare > 0.2
        guard isDoubled || isMixed, othersAreSound(device) else { return nil }
        return Verdict(
            .sharedAddress, device: device.id, "two devices answer at address \(device.address)",
            evidence: [
                "\(tally.doubled) requests got two sound answers",
                "\(tally.spoiled) answers spoiled; \(mixed) of them were longer than asked for or garbled from the first "
                    + "byte, as when two speak at once",
            ],
            advice:
                "disconnect \(device.id) and look whether its address still answers; give one of the two another one")
    }

    /// Its answers are spoiled, in the length that they should have; the others' are not.
    func spoiltAtDevice(_ device: BusCase.Device) -> Verdict? {
        let tally = device.tally
        guard tally.requests >= Self.leastRequests, tally.spoiled >= 4, tally.spoiledShare > Self.bad,
            othersAreSound(device)
        else { return nil }
        return spoilt(device)
    }

    private func spoilt(_ device: BusCase.Device) -> Verdict {
        Verdict(
            .spoiltAtDevice, device: device.id, "its answers are spoiled, those of the others are not",
            evidence: [
                "\(device.tally.spoiled) of \(device.tally.answers + device.tally.spoiled) answers "
                    + "(\(percent(device.tally.spoiledShare)))", neighbours(of: device),
            ],
            advice: "check its tap and terminals; then its transceiver: try it alone at the end of a short cable")
    }

    /// So it is not the line.
    private func othersAreSound(_ device: BusCase.Device) -> Bool {
        let others = bus.healthy.filter { $0.id != device.id && $0.tally.requests >= 8 }
        return others.allSatisfy { $0.tally.spoiledShare <= max(Self.bad, device.tally.spoiledShare / 4) }
    }

    static func span(_ time: Nanoseconds) -> String {
        let seconds = max(0, time / 1_000_000_000)
        return seconds < 120 ? "\(seconds) s" : seconds < 7_200 ? "\(seconds / 60) min" : "\(seconds / 3_600) h"
    }
}
