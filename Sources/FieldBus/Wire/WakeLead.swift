internal import GatewayModel

/// By how much earlier than wanted a sleep is set to end, because the kernel wakes a thread late: 40 us after short
/// sleeps, 150 us after long ones on an idle virtual machine (measured).
///
/// Learnt from the sleeps themselves, so that most end a little early and the rest is sat out awake: tens of microseconds
/// of the processor's time for each request, instead of as much silence added to the line.
struct WakeLead: Hashable, Sendable {
    /// Nothing above is believed to be the rule, and no more time than this is sat out.
    static let largest: Nanoseconds = .microseconds(200)

    private var mean: Nanoseconds = 0
    private var deviation: Nanoseconds = 0

    var value: Nanoseconds { min(Self.largest, mean + deviation) }

    /// A sleep ended this much after it should have.
    mutating func record(_ oversleep: Nanoseconds) {
        let oversleep = min(max(0, oversleep), Self.largest)
        mean += (oversleep - mean) / 8
        deviation += (abs(oversleep - mean) - deviation) / 8
    }
}
