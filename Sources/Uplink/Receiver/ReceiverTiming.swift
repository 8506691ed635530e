package import GatewayModel

/// Every waiting time of a receiver; tests shorten them.
package struct ReceiverTiming: Sendable {
    /// For the TCP connection to one address.
    package var connect: Nanoseconds = .seconds(10)
    /// From the TCP connection to CONNACK and, where subscribed, SUBACK; TLS included.
    package var greeting: Nanoseconds = .seconds(20)
    /// For a PUBACK, beside the time that its bytes and those before them need on the slowest link; then the
    /// connection is given up.
    package var acknowledgement: Nanoseconds = .seconds(30)
    /// Time for a byte on the slowest link that is served: 8 kbit/s.
    package var slowestByte: Nanoseconds = .milliseconds(1)
    /// `ack: platform`: from PUBACK to the platform's own acknowledgement; then the batch is sent again.
    package var platform: Nanoseconds = .seconds(600)
    /// The wait doubles up to this while the platform acknowledges nothing at all.
    package var platformMost: Nanoseconds = .seconds(6 * 3600)
    /// The first wait before another try; doubles.
    package var reconnectFirst: Nanoseconds = .seconds(1)
    package var reconnectMost: Nanoseconds = .seconds(60)
    /// The longest wait while the host answers that nobody listens on the port, which costs next to nothing: the
    /// newest batch is to arrive within 5 s of a broker's restart. After 400 s it becomes a hundredth of the outage.
    package var refusedMost: Nanoseconds = .seconds(4)
    /// The shortest wait after another client took over the client id: two gateways must not chase each other.
    package var takenOver: Nanoseconds = .seconds(30)
    /// A connection that lasted so long makes the next wait short again.
    package var stable: Nanoseconds = .seconds(60)
    /// The first pause after a PUBACK that is no acknowledgement; doubles.
    package var refusalFirst: Nanoseconds = .seconds(1)
    package var refusalMost: Nanoseconds = .seconds(300)
    /// Between two health figures.
    package var status: Nanoseconds = .seconds(60)
    /// Between two looks through the store when nothing else asks for one: some batches are found by asking only.
    package var rescan: Nanoseconds = .seconds(15)
    /// Until a batch that the receiver refused by itself is tried again on the same connection.
    package var aside: Nanoseconds = .seconds(3600)
    /// For a restarted broker to send back the `meta` that it retained.
    package var retained: Nanoseconds = .seconds(2)
    /// Between two looks whether the files of TLS were replaced; a change counts when two looks agree.
    package var certificates: Nanoseconds = .seconds(60)
    /// For what is on its way, before a connection with replaced certificates is made.
    package var renewal: Nanoseconds = .seconds(5)
    /// MQTT keep-alive, whole seconds, at least 5. A dictionary of 2,000 points, 40 s at 40 kbit/s, has to fit in
    /// twice: the ping waits behind it.
    package var keepAlive: Nanoseconds = .seconds(60)
    /// What a burst of the backlog should take; where the link's latency is longer, that.
    package var backlogBurst: Nanoseconds = .seconds(2)
    /// After an outage the backlog begins at random within a tenth of the outage, at most so late, so that the
    /// gateways of a city do not all send at once.
    package var backlogStartMost: Nanoseconds = .seconds(300)
    /// After the start of the process, when the length of the outage is not known.
    package var backlogStartFirst: Nanoseconds = .seconds(10)

    package init() {}
}
