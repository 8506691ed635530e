internal import GatewayModel

/// One line that the gateway drives: in its safe state unless it has been set, and never on for longer than it may be.
final class OutputLine {
    private let output: OutputConfiguration
    private(set) var status: DigitalStatus
    private var held: (any HeldLine)?
    private var backOff = HoldingBackOff()
    private var due: PeriodicDue
    private var isOn: Bool
    private var offAt: BootTime?
    private var lastTold = BootTime(nanoseconds: 0)

    init(_ output: OutputConfiguration, period: SamplingPeriod) {
        self.output = output
        isOn = output.safe
        due = PeriodicDue(period)
        status = DigitalStatus(id: output.id, kind: .output, line: output.line.address.text)
    }

    var deadline: BootTime? { [due.next, held == nil ? backOff.next : nil, offAt].compactMap { $0 }.min() }

    func round(_ round: inout LoopRound) {
        if held == nil, backOff.next.map({ $0 <= round.now }) ?? true { hold(&round) }
        if let offAt, offAt <= round.now {
            round.events.append(.switchedOff(output.id))
            drive(false, &round)
        }
        if due.take(now: round.now, offset: round.offset) { report(&round) }
        status.value = held == nil ? nil : isOn ? 1 : 0
    }

    /// - Parameter duration: back to off after it; nil: as long as it may be.
    /// - Returns: why it was not done; nil: it was.
    func set(_ isOn: Bool, for duration: Nanoseconds?, _ round: inout LoopRound) -> String? {
        guard output.isOperable else { return "\(output.id) may not be set: its config has no write: operate" }
        guard held != nil else { return "\(output.id) cannot be set: \(status.problem ?? "its line is not held")" }
        drive(isOn, &round)
        guard held != nil else { return "\(output.id) cannot be set: \(status.problem ?? "its line is lost")" }
        let longest = [duration, output.maxOn].compactMap { $0 }.min()
        offAt = isOn ? longest.map { round.now + $0 } : nil
        status.value = isOn ? 1 : 0
        return nil
    }

    /// Leaves it in its safe state. What the line does once nobody holds it is the board's business.
    func release() {
        try? held?.set(output.safe)
        held?.release()
        held = nil
    }

    private func hold(_ round: inout LoopRound) {
        do throws(LineFailure) {
            held = try round.bank.request(LineRequest(line: output.line, use: .output(output.safe)))
            (isOn, offAt) = (output.safe, nil)
            backOff.succeeded()
            if status.problem != nil { round.events.append(.found(output.id)) }
            status.problem = nil
            report(&round)
        } catch {
            lose(error, &round)
        }
    }

    private func drive(_ isOn: Bool, _ round: inout LoopRound) {
        offAt = nil
        do throws(LineFailure) {
            try held?.set(isOn)
            guard isOn != self.isOn else { return }
            self.isOn = isOn
            status.edges += 1
            status.changed = round.now
            report(&round)
        } catch {
            lose(error, &round)
        }
    }

    private func lose(_ failure: LineFailure, _ round: inout LoopRound) {
        held?.release()
        held = nil
        (isOn, offAt) = (output.safe, nil)
        backOff.failed(now: round.now)
        if status.problem != failure.description { round.events.append(.lost(output.id, failure.description)) }
        status.problem = failure.description
        report(&round)
    }

    private func report(_ round: inout LoopRound) {
        lastTold = max(round.now, lastTold)
        let isHeld = held != nil
        round.readings.append(
            Reading(
                point: output.point, time: lastTold, quality: isHeld ? .good : .portLost,
                sample: isHeld ? .integer(isOn ? 1 : 0) : nil))
    }
}
