package import GatewayModel

/// One round over all lines: what it works with, and what comes of it.
struct LoopRound {
    let bank: any LineBank
    let now: BootTime
    /// UTC - CLOCK_BOOTTIME, 0 while it is not known.
    let offset: Nanoseconds
    var readings: [Reading] = []
    var events: [DigitalEvent] = []
}

/// What more than a reading has to be made of.
package enum DigitalEvent: Hashable, Sendable {
    case lost(String, String)
    case found(String)
    /// An output's time was over.
    case switchedOff(String)
    /// The edge, by the kernel.
    case powerFails(BootTime)
    case powerIsBack(BootTime)
    case powerBadAtStart
}
