internal import GatewayModel

/// What came of one life.
struct Report: Sendable {
    struct Receiver: Sendable {
        var name: String
        var tally: Platform.Tally
        var link: VirtualLink.Tally
        var alarms = 0
    }

    var seed: UInt64
    var days: Double
    var faults: [Hazard: Int]
    /// Good readings that the buses gave.
    var readings: UInt64
    var arrived: UInt64
    var losses: ReadingLog.Losses
    var boots: UInt64
    var receivers: [Receiver]
    var mostWaiting: Int
    var largestStore: Int64
    var storeSize: Int64
    var longestPause: Nanoseconds
    var complaints: Complaints

    var isSound: Bool { complaints.count == 0 }

    /// Everything that a replay of the same seed must give again.
    var digest: String {
        let faults = Hazard.allCases.map { "\(self.faults[$0] ?? 0)" }.joined(separator: ",")
        let receivers = receivers.map { "\($0.tally.batches)/\($0.tally.duplicates)/\($0.tally.worstError)" }
        return "\(readings) \(arrived) \(losses) \(boots) \(faults) \(receivers.joined(separator: " "))"
    }
}
