internal import BusPlanning
internal import GatewayModel

/// What was learnt of refusals is not for ever: firmware is changed, and chance may have taught it.
extension BusConversation {
    /// Of running time. It costs a refused request and the search for its reason, at most 33 requests a device.
    static let forgetInterval: Nanoseconds = .seconds(7 * 24 * 3_600)

    /// Once a week each device is asked across its learnt gaps again. The gaps of its template stay.
    mutating func forgetOldRefusals(now: BootTime) {
        for device in nextForgetting.indices where nextForgetting[device] <= now {
            nextForgetting[device] = now + Self.forgetInterval
            forgetRefusals(device)
        }
    }

    /// In the same turn in which the device refuses again, every point is read in the halves of the request.
    mutating func forgetRefusals(_ device: Int) {
        refusals[device].forgetLessons()
        let known = devices[device].refusedGaps.reduce(into: ForbiddenGaps()) { $0.insert($1.addresses, in: $1.table) }
        if schedule.gaps(of: device) != known { schedule.setGaps(known, device: device) }
    }
}
