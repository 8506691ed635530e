internal import GatewayModel

/// What an answer leads to: questions that come before the plan goes on.
extension ScanPlan {
    mutating func follow(_ step: ScanStep, isFound: Bool, heard: Int) {
        // Less is a spike or an echo of one.
        let isGarbled = !isFound && heard > 5
        switch step.target {
        case .modbus(let unit):
            // An answer that met the request, of this one or of the few who were asked before.
            guard isGarbled, step.timeout < Self.slowTimeout else { return }
            let few = UInt8(Self.slowTimeout / Self.fastTimeout)
            for unit in max(addresses.lowerBound, unit - min(unit, few))...unit { askAgain(unit, step.format) }
        case .dlt645:
            // Not a second time in the other pass.
            let areApart = step.target == .anyDLT645 && has(step) { if case .dlt645 = $0 { true } else { false } }
            if isGarbled, !areApart { askFirst(step.target.parts, step) }
        case .cjt188:
            if isGarbled { note(ScanFinding(.several(.cjt188), step.format, turnaround: 0)) }
        case .mbus(MBusRequest.any):
            if isGarbled, has(step, { if case .mbus = $0 { true } else { false } }) { return }
            // Not every meter answers at 254, and not every one has a secondary address.
            let walk = isGarbled ? (0...250).map { ScanTarget.mbus(address: $0) } : []
            askFirst([.mbusSelect(ScanTarget.everyMBusNumber)] + walk, step)
        case .mbusSelect(let number):
            if heard > 0 { askFirst([.mbusRead(number)], step) }
        case .mbusRead:
            if isFound { pending.removeAll { if case .mbus = $0.target { true } else { false } } }
            if isGarbled { askFirst(step.target.parts, step) }
        case .mbus, .registers: break
        }
    }

    /// False: it was already.
    @discardableResult
    mutating func askAgain(_ unit: UInt8, _ format: SerialFormat) -> Bool {
        let again = ScanStep(.modbus(unit: unit), format, isPatient: true)
        guard followUps + pending.count < Self.mostFollowUps, suspects.insert(again).inserted else { return false }
        pending.append(again)
        return true
    }

    private mutating func askFirst(_ targets: [ScanTarget], _ step: ScanStep) {
        guard !targets.isEmpty, followUps + pending.count + targets.count <= Self.mostFollowUps else {
            note(ScanFinding(.several(step.target.proto), step.format, turnaround: 0))
            return
        }
        pending.insert(contentsOf: targets.map { ScanStep($0, step.format, isPatient: true) }, at: 0)
    }
}
