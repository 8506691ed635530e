internal import GatewayModel
internal import Glibc
internal import Telemetry
internal import Uplink

/// One connection of the agent to a ``VirtualLink``: what libmosquitto and TCP are on a board.
final class VirtualClient: BrokerClient {
    private enum Packet {
        case publish(mid: CInt, topic: String, payload: [UInt8])
        case subscribe(mid: CInt)
    }

    /// As libmosquitto, after one and a half keep-alive times without a word.
    private static let patience = Nanoseconds.seconds(45)

    private let link: VirtualLink
    /// The TCP connection stands from here on; nil: it never will.
    private var opens: Nanoseconds?
    private var failure: CInt = 0
    private var isBroken = false
    private var isClosed = false
    private var lastMid: CInt = 0
    private var lastHeard: Nanoseconds
    /// On their way, in order.
    private var outgoing: [(at: Nanoseconds, packet: Packet)] = []
    private var incoming: [(at: Nanoseconds, event: MQTTEvent)] = []
    private var events: [MQTTEvent] = []
    private var isSubscribed = false

    init(link: VirtualLink) {
        self.link = link
        lastHeard = link.now
    }

    var isOpen: Bool { !isClosed && !isBroken && opens != nil }

    // MARK: - As the agent sees it

    func connect(address: String, port: UInt16, keepAlive: CInt) throws(MQTTProblem) {
        switch link.weather {
        case .dark: opens = nil
        case .refusedPort:
            opens = link.now + link.latency
            failure = ECONNREFUSED
        case .fair, .noName:
            opens = link.now + 2 * link.latency
            incoming = [(link.now + 4 * link.latency, .connected(receiveMaximum: nil))]
        case .refusedLogin:
            opens = link.now + 2 * link.latency
            incoming = [(link.now + 4 * link.latency, .refused(reason: 0x86))]
        }
    }

    var socket: CInt {
        guard let opens, !isClosed else { return -1 }
        return link.now >= opens ? 3 : -1
    }

    var wantsToWrite: Bool { false }
    var connectError: CInt { failure }

    func service(readable: Bool, writable: Bool) throws(MQTTProblem) {
        work()
        if isBroken {
            isClosed = true
            throw .reset
        }
        guard link.now - lastHeard < Self.patience else {
            isClosed = true
            throw MQTTProblem(
                .lost, "the broker did not answer within the keep-alive time", remedy: "check the network")
        }
    }

    func publish(topic: String, payload: [UInt8], retain: Bool, lane: Lane?) throws(MQTTProblem) -> CInt {
        send(.publish(mid: lastMid + 1, topic: topic, payload: payload))
        return lastMid
    }

    func subscribe(topic: String) throws(MQTTProblem) -> CInt {
        send(.subscribe(mid: lastMid + 1))
        return lastMid
    }

    func disconnect() { isClosed = true }

    func takeEvents() -> [MQTTEvent] {
        defer { events = [] }
        return events
    }

    private func send(_ packet: Packet) {
        lastMid += 1
        let earliest = link.now + link.latency
        outgoing.append((max(earliest, outgoing.last?.at ?? 0), packet))
    }

    // MARK: - As the network sees it

    var next: Nanoseconds? {
        guard !isClosed else { return nil }
        let opening = opens.flatMap { $0 > link.now ? $0 : nil }
        return [opening, outgoing.first?.at, incoming.first?.at].compactMap { $0 }.min()
    }

    /// What arrives by now, at either end.
    func work() {
        if link.isHalfOpen {
            outgoing = []
            incoming = []
            return
        }
        if !isBroken, !isClosed, opens != nil, incoming.isEmpty, outgoing.isEmpty {
            // PINGREQ and PINGRESP, unless there is something better to hear.
            lastHeard = link.now
        }
        while let first = outgoing.first, first.at <= link.now, !isBroken {
            outgoing.removeFirst()
            arrive(first.packet, at: first.at)
        }
        while let first = incoming.first, first.at <= link.now, !isClosed {
            incoming.removeFirst()
            lastHeard = link.now
            events.append(first.event)
        }
    }

    private func arrive(_ packet: Packet, at time: Nanoseconds) {
        switch packet {
        case .publish(let mid, let topic, let payload):
            let reason = link.receive(topic, payload)
            if Int.random(in: 0..<100, using: &link.random) < link.percentOfLostAcknowledgements {
                link.countLostAcknowledgement()
                return breakOff()
            }
            answer(.acknowledged(mid: mid, reason: reason), at: time + link.latency)
            if reason == 0, topic.hasSuffix("/batch") { acknowledgeAsPlatform(payload, at: time) }
        case .subscribe(let mid):
            isSubscribed = true
            answer(.subscribed(mid: mid, reason: 1), at: time + link.latency)
        }
    }

    private func answer(_ event: MQTTEvent, at time: Nanoseconds) {
        let place = incoming.lastIndex { $0.at <= time }.map { $0 + 1 } ?? 0
        incoming.insert((time, event), at: place)
    }

    /// `ack: platform`: late, twice, never, and now and then for a batch that it never saw.
    private func acknowledgeAsPlatform(_ payload: [UInt8], at time: Nanoseconds) {
        guard let manner = link.platform, isSubscribed, let key = (try? BatchEnvelope.decode(payload))?.key else {
            return
        }
        let luck = Int.random(in: 0..<100, using: &link.random)
        guard luck >= manner.percentNever else { return }
        let times = luck >= 100 - manner.percentTwice ? 2 : 1
        for _ in 0..<times {
            let ranges =
                luck % 10 == 0
                ? "[\(key.sequence),\(key.sequence)],[9000000,9000100]" : "[\(key.sequence),\(key.sequence)]"
            let text = "{\"epoch\":\"\(key.epoch.text)\",\"sequences\":[\(ranges)]}"
            let delay = link.random.between(0, manner.delay)
            answer(
                .message(topic: "dg/1/\(SimulatedStation.gateway)/ack", payload: Array(text.utf8)),
                at: time + link.latency + delay)
        }
    }

    /// The connection breaks. What the kernel had sent may still reach the broker, as far as it had come.
    func breakOff() {
        guard !isBroken, !isClosed else { return }
        isBroken = true
        let arrived = Int.random(in: 0...outgoing.count, using: &link.random)
        for (_, packet) in outgoing.prefix(arrived) {
            if case .publish(_, let topic, let payload) = packet, !link.isHalfOpen { _ = link.receive(topic, payload) }
        }
        outgoing = []
        incoming = []
    }

    /// The agent has let go of it.
    func abandon() {
        breakOff()
        isClosed = true
    }
}
