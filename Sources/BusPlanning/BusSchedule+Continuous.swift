internal import GatewayModel

/// Points that are read whenever nothing is due: one device after the other, each with its whole plan.
extension BusSchedule {
    /// What the next continuous request costs; nil: no device that answers has continuous points.
    mutating func continuousCost() -> Nanoseconds? {
        aimAtContinuous()?.request.cost
    }

    mutating func takeContinuous(now: BootTime) -> BusTurn.Action {
        guard let planned = aimAtContinuous() else { return .idle(until: now + .milliseconds(1)) }
        let device = continuousDevices[continuousTurn]
        continuousLeft -= 1
        states[device].continuousCursor += 1
        return .ask(
            DueRequest(
                device: device, request: planned.request, purpose: .continuous, priority: planned.priority, due: now,
                deadline: now, responseTimeout: states[device].responseTimeout))
    }

    /// A device that does not reply loses the rest of its round; in the next one it goes on where it stopped.
    mutating func leaveContinuousRound(device: Int) {
        guard !continuousDevices.isEmpty, device == continuousDevices[continuousTurn] else { return }
        continuousLeft = 0
    }

    /// Moves on to a device that has something to ask, and says what.
    private mutating func aimAtContinuous() -> GroupRequest? {
        for _ in 0...continuousDevices.count where !continuousDevices.isEmpty {
            let device = continuousDevices[continuousTurn % continuousDevices.count]
            if continuousLeft > 0, !states[device].availability.isSilent {
                let plan = states[device].continuousPlan()
                if !plan.isEmpty { return plan[states[device].continuousCursor % plan.count] }
            }
            continuousTurn = (continuousTurn + 1) % continuousDevices.count
            continuousLeft = states[continuousDevices[continuousTurn]].continuousPlan().count
        }
        return nil
    }
}
