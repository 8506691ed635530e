internal import BusPlanning
internal import GatewayModel

/// How a bus and its devices have fared: what ``BusConversation`` counts beside its counters, for status and verdicts.
/// Pure. Bound: some 300 bytes a device and 4 KiB a bus.
package struct BusHealth: Sendable {
    var tallies: [DeviceTally]
    var line = LineTally()
    var signals = SignalTally()
    var times: [LineTime]
    var adapted: [AdaptedTimeout]
    /// Devices that answered in an earlier run.
    var answeredBefore: [Bool]
    /// Noise was heard since the last request.
    var wasDisturbed = false
    private var lastSent: [BootTime?]
    private var lastAsked: [ReadRequest?]

    init(devices: Int) {
        tallies = Array(repeating: DeviceTally(), count: devices)
        times = Array(repeating: LineTime(), count: devices)
        adapted = Array(repeating: AdaptedTimeout(), count: devices)
        answeredBefore = Array(repeating: false, count: devices)
        lastSent = Array(repeating: nil, count: devices)
        lastAsked = Array(repeating: nil, count: devices)
    }

    /// - Parameters:
    ///   - isLong: the answer has more characters than ``DeviceTally/shortAnswer``.
    ///   - busy: how long the transaction kept the bus.
    ///   - useful: how much of it its characters took, if it was answered.
    mutating func note(
        _ transaction: Transaction, of device: Int, isLong: Bool, busy: Nanoseconds, useful: Nanoseconds, isProbe: Bool
    ) {
        guard let sent = transaction.sent else { return }
        lastSent[device] = sent
        tallies[device].note(transaction.outcome, isLong: isLong, transaction.overheard, now: transaction.end)
        if let turnaround = transaction.turnaround { adapted[device].answered(after: turnaround) }
        var part = LineTime()
        switch transaction.outcome {
        case .values, .answer, .exception:
            part.useful = min(useful, busy)
            part.silence = busy - part.useful
        case .noReply, .shortFrame, .checksum, .wrongAnswer:
            if isProbe { part.dead = busy } else { part.errors = busy }
        case .lost, .stopped: break
        }
        times[device] += part
    }

    mutating func note(_ transaction: Transaction, while states: [PointIndex: Bool]) {
        let heard = transaction.overheard
        let isNoisy = wasDisturbed || heard.idleNoise > 0 || heard.noiseBeforeAnswer > 0
        switch transaction.outcome {
        case .values, .answer, .exception: signals.note(isDisturbed: isNoisy, while: states)
        case .shortFrame, .checksum, .wrongAnswer: signals.note(isDisturbed: true, while: states)
        // A device that is dead says nothing of what disturbs the others.
        case .noReply: if isNoisy { signals.note(isDisturbed: true, while: states) }
        case .lost, .stopped: return
        }
        wasDisturbed = false
    }

    /// What a device was asked last; nil: it has no registers.
    mutating func asked(_ device: Int, _ request: ReadRequest?) { lastAsked[device] = request }

    /// A sound frame of this device came that nobody waited for any more.
    ///
    /// - Parameters:
    ///   - isLate: a request of it was given up; else it has answered one request twice, or speaks unasked.
    mutating func noteStray(_ stray: StrayFrame, of device: Int, isLate: Bool, timeout: Nanoseconds) {
        guard isLate else {
            // A second answer to a request comes soon after the first and is of its shape.
            if let asked = lastAsked[device], asked.function == stray.function,
                [asked.dataBytes, 0].contains(stray.dataBytes),
                let heard = stray.heard, let sent = lastSent[device], heard - sent <= timeout
            {
                tallies[device].doubled += 1
            } else {
                tallies[device].unasked += 1
            }
            return
        }
        tallies[device].late += 1
        adapted[device].answeredLate()
        if let heard = stray.heard, let sent = lastSent[device] {
            tallies[device].lateBy = max(0, heard - sent - timeout)
        }
    }
}
