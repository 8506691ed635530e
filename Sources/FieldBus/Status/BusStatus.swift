package import GatewayModel

/// How one bus is, for status and logs: a copy, taken at any time from any thread.
package struct BusStatus: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        /// Not started, or not yet open for the first time.
        case starting
        case polling
        /// The port or connection is gone, or could not be opened; it is tried again at most 5 s later.
        case portLost
        case stopped
    }

    package var id: String
    package var state = State.starting
    /// Why the port is lost, and what to do about it; nil: it is not.
    package var portError: String?
    /// How often the port was lost since the start.
    package var portLosses = 0
    /// Share of the last minute (or of the time since the start) in which the bus was busy, 0...1.
    package var load = 0.0
    /// Requests put on the wire since the start.
    package var requests = 0
    /// Requests of one full pass over all points, and its predicted time.
    package var requestsPerCycle = 0
    package var predictedCycle: Nanoseconds = 0
    /// Share of bus time that the periodic points need by prediction; above 1: overload.
    package var predictedLoad = 0.0
    /// Time in which all `continuous` points are read once, predicted; nil: there are none, or there is no time.
    package var continuousCycle: Nanoseconds?
    /// Requests of each class that were dropped because the bus had no time for them.
    package var overruns: [PointPriority: Int] = [:]
    /// Bus time since the start, and what of it went to silent devices.
    package var busyTime: Nanoseconds = 0
    package var probeTime: Nanoseconds = 0
    /// Where the time of all devices went.
    package var time = LineTime()
    /// What is wrong, in plain words; empty on a healthy line.
    package var verdicts: [Verdict] = []
    /// A search in the gaps of the polling, as far as it is; nil: none since the start.
    package var scan: ScanPlan?
    /// Another master polls: nothing is sent here.
    package var isListenOnly = false
    /// The flight recorder: faults kept.
    package var recorder = FlightRecorder.Summary()
    package var devices: [DeviceStatus]

    package init(id: String, devices: [DeviceStatus]) {
        self.id = id
        self.devices = devices
    }
}

/// How one device is.
package struct DeviceStatus: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        /// It has not answered yet, and is still being asked.
        case notYetHeard
        case ok
        /// It is only probed, every `probeInterval`.
        case silent(since: BootTime, probeInterval: Nanoseconds)
    }

    package var id: String
    package var address: DeviceAddress
    package var state = State.notYetHeard
    package var counters = DeviceCounters()
    /// From the end of a request to the begin of the answer; nil: never measured.
    package var times: ResponseTimes?
    /// How long an answer is waited for at present, and at most.
    package var timeout: Nanoseconds = 0
    package var configuredTimeout: Nanoseconds = 0
    /// Where the bus's time for this device went.
    package var lineTime = LineTime()
    /// When it last answered with values; nil: never.
    package var lastGood: BootTime?
    /// It answered in an earlier run.
    package var hasAnsweredBefore = false
    /// By which it is known: what it said last in this run, and what it should say, from what was read first; nil: it
    /// cannot be asked, or has not been yet.
    package var identity: String?
    package var expectedIdentity: String?
    /// Points that it refused whenever it was asked, and never answered; tried again every 10 min.
    package var unsupported: [UnsupportedPoint] = []
    /// Addresses between points that it refuses to be asked across.
    package var refusedGaps: [RefusedGap] = []

    package init(id: String, address: DeviceAddress) {
        self.id = id
        self.address = address
    }
}

package struct UnsupportedPoint: Hashable, Sendable {
    package var point: PointIndex
    /// The exception code, 1...3.
    package var code: UInt8
}
