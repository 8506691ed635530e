internal import GatewayModel
internal import Synchronization
internal import Uplink

/// The way to one receiver's broker, and the broker: with latency, and with everything that goes wrong on the way.
///
/// Used on the simulation's thread only.
final class VirtualLink: @unchecked Sendable {
    // @unchecked: one thread.

    /// What meets a new connection.
    enum Weather: CaseIterable { case fair, refusedPort, dark, noName, refusedLogin }

    /// Figures for the report.
    struct Tally { var delivered = 0, lostAcknowledgements = 0, resets = 0, refused = 0 }

    let name: String
    let clock: VirtualClock
    /// Gets what reaches the platform: topic and payload.
    var deliver: (String, [UInt8]) -> Void = { _, _ in }
    var weather = Weather.fair
    var latency = Nanoseconds.milliseconds(20)
    /// PUBACK reason for batches; 0: accepted.
    var refusal = 0
    /// Packets vanish, both ways, and nobody says so.
    var isHalfOpen = false
    /// That so many acknowledgements of a hundred are overtaken by a reset.
    var percentOfLostAcknowledgements = 0
    /// `ack: platform`: what the platform answers for a batch that it got.
    var platform: PlatformManner?
    private(set) var tally = Tally()
    private(set) var client: VirtualClient?
    var random: SeededRandom

    init(name: String, clock: VirtualClock, seed: UInt64) {
        self.name = name
        self.clock = clock
        random = SeededRandom(seed: seed, stream: "link \(name)")
    }

    var now: Nanoseconds { clock.truth }

    func makeClient() -> VirtualClient {
        client?.abandon()
        let client = VirtualClient(link: self)
        self.client = client
        return client
    }

    func lookUp() -> Result<[ResolvedAddress], MQTTProblem> {
        guard weather != .noName else {
            return .failure(
                MQTTProblem(.unreachable, "the broker's name was not found", remedy: "check the name server"))
        }
        return .success([ResolvedAddress(text: "192.0.2.2")])
    }

    /// When something of it arrives somewhere; nil: nothing is on its way.
    var next: Nanoseconds? { client?.next }

    /// The broker's side of what has happened until now.
    func work() { client?.work() }

    /// The connection breaks: what is on its way back is lost, what is on its way there may still arrive.
    func reset() {
        guard let client, client.isOpen else { return }
        tally.resets += 1
        client.breakOff()
    }

    /// A publish has reached the broker. Returns the PUBACK's reason.
    func receive(_ topic: String, _ payload: [UInt8]) -> Int {
        guard topic.hasSuffix("/batch") else { return 0 }
        guard refusal == 0 else {
            tally.refused += 1
            return refusal
        }
        tally.delivered += 1
        deliver(topic, payload)
        return 0
    }

    func countLostAcknowledgement() { tally.lostAcknowledgements += 1 }
}

/// How a platform acknowledges by its own messages.
struct PlatformManner {
    /// At most so late.
    var delay: Nanoseconds
    var percentTwice: Int
    var percentNever: Int
}
