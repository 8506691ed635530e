internal import GatewayModel

/// What was heard on a line beside the answers of its devices, lately: halved whenever there are 512 requests. Pure.
package struct LineTally: Hashable, Sendable {
    static let horizon = 512
    /// Units that are not of the config and were heard: more are not remembered.
    static let mostUnits = 8

    package var requests = 0
    /// Times that bytes which belong to no frame came while nobody was asked, and those of them that came long after any
    /// frame; the others came when a driver had just let go of the line.
    package var idleNoise = 0
    package var lateNoise = 0
    package var echoes = 0
    package var zeros = 0
    /// Sound requests of somebody else, and the last of them.
    package var foreignRequests = 0
    package var foreignRequest: ReadRequest?
    /// Answers of units that the config does not have.
    package var unknownUnits: [UInt8: Int] = [:]

    package init() {}

    mutating func note(_ overheard: Overheard, isKnown: (UInt8) -> Bool) {
        if requests >= Self.horizon { halve() }
        requests += 1
        guard !overheard.isEmpty else { return }
        take(overheard, isKnown: isKnown)
        if overheard.hasEcho { echoes += 1 }
        if overheard.isOnlyZeros { zeros += 1 }
    }

    /// The same of what came in a pause of the polling.
    mutating func noteIdle(_ overheard: Overheard, isSoon: Bool, isKnown: (UInt8) -> Bool) {
        take(overheard, isKnown: isKnown)
        if overheard.idleNoise > 0, !isSoon { lateNoise += 1 }
    }

    private mutating func take(_ overheard: Overheard, isKnown: (UInt8) -> Bool) {
        if overheard.idleNoise > 0 { idleNoise += 1 }
        foreignRequests += overheard.foreignRequests.count
        if let last = overheard.foreignRequests.last { foreignRequest = last }
        for unit in overheard.units where !isKnown(unit) {
            if unknownUnits[unit] != nil || unknownUnits.count < Self.mostUnits { unknownUnits[unit, default: 0] += 1 }
        }
    }

    private mutating func halve() {
        requests /= 2
        idleNoise /= 2
        lateNoise /= 2
        echoes /= 2
        zeros /= 2
        foreignRequests /= 2
        unknownUnits = unknownUnits.mapValues { $0 / 2 }.filter { $0.value > 0 }
    }
}
