internal import GatewayModel

/// What can happen to a gateway.
enum Hazard: String, CaseIterable, Sendable {
    case powerCut = "power cut"
    case powerCutInWrite = "power cut inside an operation of the disk"
    case kill = "SIGKILL"
    case cleanStop = "clean stop and start"
    case reboot = "clean reboot"
    case writeError = "disk: one write fails"
    case syncError = "disk: one sync fails"
    case diskFull = "disk full for a while"
    case diskGone = "disk fails for a while"
    case diskSlow = "disk: syncs of up to 5 s"
    case clockStep = "clock stepped by hand"
    case timeServer = "time server found"
    case timeServerLost = "time server lost"
    case deviceSilent = "device silent"
    case deviceSpoils = "device spoils answers"
    case deviceRefuses = "device refuses"
    case portLost = "port lost"
    case linkReset = "link: reset"
    case linkHalfOpen = "link: half-open"
    case linkOutage = "link: outage"
    case linkLatency = "link: other latency"
    case lostAcknowledgements = "link: PUBACKs lost"
    case refusal = "broker refuses batches"
}

/// How often each hazard strikes: the mean time between two.
struct Weather: Sendable {
    var mean: [Hazard: Nanoseconds]
    /// How long an outage of the link lasts, mean; one in ten is ten times as long.
    var outage: Nanoseconds
    /// The same for a disk that fails.
    var diskFailure: Nanoseconds
    /// How long the power is off, mean.
    var darkness: Nanoseconds
    var illness: Nanoseconds

    /// Everything at once: for lives of hours.
    static let storm = Weather(
        mean: [
            .powerCut: .minutes(20), .powerCutInWrite: .minutes(15), .kill: .minutes(25), .cleanStop: .minutes(50),
            .reboot: .minutes(120), .writeError: .minutes(12), .syncError: .minutes(12), .diskFull: .minutes(60),
            .diskGone: .minutes(60), .diskSlow: .minutes(30), .clockStep: .minutes(15), .timeServer: .minutes(10),
            .timeServerLost: .minutes(30), .deviceSilent: .minutes(15), .deviceSpoils: .minutes(15),
            .deviceRefuses: .minutes(30), .portLost: .minutes(30), .linkReset: .minutes(6),
            .linkHalfOpen: .minutes(20), .linkOutage: .minutes(20), .linkLatency: .minutes(10),
            .lostAcknowledgements: .minutes(20), .refusal: .minutes(25),
        ], outage: .minutes(4), diskFailure: .minutes(3), darkness: .seconds(40), illness: .minutes(2))

    /// The same without what ends the agent's process.
    var withoutEnds: Weather {
        var weather = self
        for end in [Hazard.powerCut, .powerCutInWrite, .kill, .cleanStop, .reboot] { weather.mean[end] = nil }
        return weather
    }

    /// A bad year in a month: for lives of weeks.
    static let season = Weather(
        mean: [
            .powerCut: .hours(12), .powerCutInWrite: .hours(12), .kill: .hours(24), .cleanStop: .hours(48),
            .reboot: .hours(72), .writeError: .hours(6), .syncError: .hours(6), .diskFull: .hours(36),
            .diskGone: .hours(36), .diskSlow: .hours(24), .clockStep: .hours(8), .timeServer: .hours(2),
            .timeServerLost: .hours(12), .deviceSilent: .hours(4), .deviceSpoils: .hours(4),
            .deviceRefuses: .hours(12), .portLost: .hours(12), .linkReset: .hours(2), .linkHalfOpen: .hours(8),
            .linkOutage: .hours(16), .linkLatency: .hours(4), .lostAcknowledgements: .hours(6), .refusal: .hours(12),
        ], outage: .hours(2), diskFailure: .minutes(10), darkness: .minutes(20), illness: .minutes(10))
}
