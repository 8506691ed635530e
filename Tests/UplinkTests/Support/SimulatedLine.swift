import GatewayModel
import Synchronization

@testable import Uplink

/// A broker behind a line of a given rate, in virtual time.
///
/// The line carries one byte after the other, as a modem does: what was published first leaves first, whatever buffer
/// it lies in. The PUBACK comes after the line's latency.
final class SimulatedLine: Sendable {
    enum Answer: Sendable {
        case acknowledge(Int)
        case ignore
        /// The connection ends instead.
        case cut
    }

    struct State {
        /// Bytes a second.
        var rate: Double
        var latency: Nanoseconds
        /// False: a name server that never answers.
        var namesAnswer = true
        /// nil: connections are taken; else why they are not.
        var refusal: MQTTProblem?
        var answer: @Sendable (_ topic: String, _ number: Int) -> Answer = { _, _ in .acknowledge(0) }

        // What came of it.
        var attempts: [BootTime] = []
        var arrivals: [Arrival] = []
        var onTheWay = 0
        var mostOnTheWay = 0

        /// When something comes back; nil: nothing will.
        fileprivate(set) var nextArrival: BootTime?
        fileprivate var freeAt = BootTime(nanoseconds: 0)
        fileprivate var published = 0
    }

    struct Arrival: Sendable {
        var sequence: UInt64
        var lane: Lane
        var bytes: Int
        var at: BootTime
    }

    /// MQTT, TLS, TCP and IP around a payload: 100 bytes, and 60 for each further full packet.
    static func wireBytes(_ payload: Int) -> Int { payload + 100 + payload / 1_400 * 60 }

    let time: VirtualTime
    private let state: Mutex<State>
    private let errands = Mutex<[@Sendable () async -> Void]>([])

    init(time: VirtualTime, rate: Double = 1e6, latency: Nanoseconds = .milliseconds(20)) {
        self.time = time
        state = Mutex(State(rate: rate, latency: latency))
    }

    func change<Result>(_ body: (inout sending State) -> Result) -> Result { state.withLock { body(&$0) } }
    var current: State { state.withLock { $0 } }

    var surroundings: ReceiverSurroundings {
        ReceiverSurroundings(
            makeClient: { [self] _ in SimulatedClient(line: self) },
            lookUp: { [self] _, done in
                if current.namesAnswer { done(.success([ResolvedAddress(text: "192.0.2.1")])) }
            },
            errand: { [self] body in errands.withLock { $0.append(body) } })
    }

    /// Answers what was asked of the store; false: nothing was asked.
    func runErrands() async -> Bool {
        let waiting = errands.withLock { errands in
            defer { errands = [] }
            return errands
        }
        for errand in waiting { await errand() }
        return !waiting.isEmpty
    }

    fileprivate func publish(_ topic: String, _ bytes: Int) -> (at: BootTime, answer: Answer) {
        state.withLock { state in
            state.published += 1
            let spent = Nanoseconds(Double(Self.wireBytes(bytes)) / state.rate * 1e9)
            state.freeAt = max(state.freeAt, time.bootTime()) + spent
            state.onTheWay += bytes
            state.mostOnTheWay = max(state.mostOnTheWay, state.onTheWay)
            return (state.freeAt + state.latency, state.answer(topic, state.published))
        }
    }

    fileprivate func acknowledged(_ message: SimulatedClient.Message, isSuccess: Bool) {
        state.withLock { state in
            state.onTheWay -= message.payload.count
            guard let lane = message.lane, isSuccess else { return }
            let text = String(decoding: message.payload.prefix(40), as: UTF8.self).split(separator: " ")
            guard text.count > 1, let sequence = UInt64(text[1]) else { return }
            state.arrivals.append(
                Arrival(sequence: sequence, lane: lane, bytes: message.payload.count, at: message.at))
        }
    }

    /// What was on its way is gone with the connection.
    fileprivate func forget(_ messages: [SimulatedClient.Message]) {
        state.withLock { state in
            state.onTheWay -= messages.reduce(0) { $0 + $1.payload.count }
            state.freeAt = min(state.freeAt, time.bootTime())
            state.nextArrival = nil
        }
    }
}

/// One connection over a ``SimulatedLine``.
private final class SimulatedClient: BrokerClient {
    struct Message {
        var mid: CInt
        var lane: Lane?
        var payload: [UInt8]
        var at: BootTime
        var answer: SimulatedLine.Answer
    }

    private let line: SimulatedLine
    private var greeting: BootTime?
    private var isOpen = false
    private var messages: [Message] = []
    /// Never acknowledged.
    private var lost: [Message] = []
    private var nextMid: CInt = 0

    init(line: SimulatedLine) { self.line = line }

    deinit { line.forget(messages + lost) }

    private func tellNextArrival() {
        let next = ([greeting] + messages.map(\.at)).compactMap { $0 }.min()
        line.change { $0.nextArrival = next }
    }

    func connect(address: String, port: UInt16, keepAlive: CInt) throws(MQTTProblem) {
        let now = line.time.bootTime()
        let (refusal, latency) = line.change { state in
            state.attempts.append(now)
            return (state.refusal, state.latency)
        }
        if let refusal { throw refusal }
        isOpen = true
        greeting = now + latency * 2
        tellNextArrival()
    }

    var socket: CInt { isOpen ? 3 : -1 }
    var wantsToWrite: Bool { false }
    var connectError: CInt { 0 }

    func service(readable: Bool, writable: Bool) throws(MQTTProblem) {
        let now = line.time.bootTime()
        let isCut = messages.contains { message in
            if case .cut = message.answer { return message.at <= now }
            return false
        }
        if isCut {
            isOpen = false
            throw .reset
        }
    }

    func publish(topic: String, payload: [UInt8], retain: Bool, lane: Lane?) throws(MQTTProblem) -> CInt {
        nextMid = nextMid % 65_535 + 1
        let (at, answer) = line.publish(topic, payload.count)
        messages.append(Message(mid: nextMid, lane: lane, payload: payload, at: at, answer: answer))
        tellNextArrival()
        return nextMid
    }

    /// Never answered.
    func subscribe(topic: String) throws(MQTTProblem) -> CInt {
        nextMid = nextMid % 65_535 + 1
        return nextMid
    }
    func disconnect() { isOpen = false }

    func takeEvents() -> [MQTTEvent] {
        let now = line.time.bootTime()
        var events: [MQTTEvent] = []
        if let greeting, greeting <= now {
            self.greeting = nil
            events.append(.connected(receiveMaximum: nil))
        }
        let arrived = messages.prefix { $0.at <= now }
        for message in arrived {
            guard case .acknowledge(let reason) = message.answer else {
                lost.append(message)
                continue
            }
            line.acknowledged(message, isSuccess: reason == 0)
            events.append(.acknowledged(mid: message.mid, reason: reason))
        }
        messages.removeFirst(arrived.count)
        tellNextArrival()
        return events
    }
}
