import Foundation
import GatewayTestSupport
import Glibc
import Synchronization

/// A TCP server that plays the broker byte by byte: just enough MQTT to misbehave on purpose.
final class ScriptedBroker: Sendable {
    enum Greeting: Sendable {
        /// Takes the connection and says nothing.
        case silence
        /// These bytes, then nothing.
        case bytes([UInt8])
        /// These bytes, then the connection is closed.
        case bytesAndClose([UInt8])
        /// A proper CONNACK with these properties.
        case accept(properties: [UInt8] = [])
    }

    enum Answer: Sendable {
        case acknowledge(UInt8 = 0)
        /// Kept until ``releaseOne()``.
        case hold
        case ignore
        /// Closed with an RST.
        case reset
        case bytes([UInt8])
    }

    struct Publish: Sendable, Equatable {
        var connection: Int
        var topic: String
        var mid: UInt16
        var payload: [UInt8]
    }

    private struct State {
        var publishes: [Publish] = []
        var held: [(descriptor: CInt, mid: UInt16)] = []
        var mostHeld = 0
        var connections = 0
        var open: [CInt] = []
        var isClosed = false
    }

    let port: UInt16
    private let listener: CInt
    private let subscription: UInt8
    private let greeting: @Sendable (Int) -> Greeting
    private let answer: @Sendable (Publish) -> Answer
    private let state = Mutex(State())

    /// - Parameters:
    ///   - greeting: by number of the connection, from 0.
    ///   - subscription: the reason in a SUBACK.
    ///   - answer: to a PUBLISH with QoS 1.
    init(
        subscription: UInt8 = 1,
        greeting: @escaping @Sendable (Int) -> Greeting = { _ in .accept() },
        answer: @escaping @Sendable (Publish) -> Answer = { _ in .acknowledge() }
    ) {
        self.subscription = subscription
        self.greeting = greeting
        self.answer = answer
        port = TCP.freePort()
        listener = TCP.listen(on: port)
        let socket = listener
        let serve: @Sendable (CInt) -> Void = { [weak self] in self?.serve($0) }
        Thread.detachNewThread {
            while true {
                let descriptor = accept(socket, nil, nil)
                if descriptor < 0 { return }
                Thread.detachNewThread { serve(descriptor) }
            }
        }
    }

    deinit { close() }

    func close() {
        let open = state.withLock { state in
            defer { state.open = [] }
            if !state.isClosed {
                shutdown(listener, CInt(SHUT_RDWR))
                Glibc.close(listener)
            }
            state.isClosed = true
            return state.open
        }
        for descriptor in open { shutdown(descriptor, CInt(SHUT_RDWR)) }
    }

    var publishes: [Publish] { state.withLock { $0.publishes } }
    /// Payloads on the batch topic.
    var batches: [Publish] { publishes.filter { $0.topic.hasSuffix("/batch") } }
    var connections: Int { state.withLock { $0.connections } }
    var held: Int { state.withLock { $0.held.count } }
    var mostHeld: Int { state.withLock { $0.mostHeld } }

    func releaseOne() {
        state.withLock { state in
            guard !state.held.isEmpty else { return }
            let (descriptor, mid) = state.held.removeFirst()
            send(Self.acknowledgement(mid, 0), to: descriptor)
        }
    }

    /// Sends bytes on every open connection.
    func say(_ bytes: [UInt8]) { state.withLock { for descriptor in $0.open { send(bytes, to: descriptor) } } }

    private func serve(_ descriptor: CInt) {
        let number = state.withLock { state in
            state.open.append(descriptor)
            state.connections += 1
            return state.connections - 1
        }
        defer {
            state.withLock { state in
                state.open.removeAll { $0 == descriptor }
                state.held.removeAll { $0.descriptor == descriptor }
            }
            Glibc.close(descriptor)
        }
        while let (type, body) = readPacket(descriptor) {
            switch type >> 4 {
            case 1:
                switch greeting(number) {
                case .silence: break
                case .bytes(let bytes): send(bytes, to: descriptor)
                case .bytesAndClose(let bytes): return send(bytes, to: descriptor)
                case .accept(let properties):
                    let length = UInt8(3 + properties.count)
                    send([0x20, length, 0, 0, UInt8(properties.count)] + properties, to: descriptor)
                }
            case 3: if !published(body, connection: number, descriptor) { return }
            case 8: send([0x90, 4, body[0], body[1], 0, subscription], to: descriptor)
            case 12: send([0xD0, 0], to: descriptor)
            case 14: return
            default: break
            }
        }
    }

    /// False: the connection ends.
    private func published(_ body: [UInt8], connection: Int, _ descriptor: CInt) -> Bool {
        let length = Int(body[0]) << 8 | Int(body[1])
        let topic = String(decoding: body[2..<(2 + length)], as: UTF8.self)
        let mid = UInt16(body[2 + length]) << 8 | UInt16(body[3 + length])
        let properties = Int(body[4 + length])
        let publish = Publish(
            connection: connection, topic: topic, mid: mid, payload: Array(body[(5 + length + properties)...]))
        state.withLock { $0.publishes.append(publish) }
        switch answer(publish) {
        case .acknowledge(let reason): send(Self.acknowledgement(mid, reason), to: descriptor)
        case .hold:
            state.withLock { state in
                state.held.append((descriptor, mid))
                state.mostHeld = max(state.mostHeld, state.held.count)
            }
        case .ignore: break
        case .bytes(let bytes): send(bytes, to: descriptor)
        case .reset:
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
            return false
        }
        return true
    }

    static func acknowledgement(_ mid: UInt16, _ reason: UInt8) -> [UInt8] {
        [0x40, 4, UInt8(mid >> 8), UInt8(mid & 255), reason, 0]
    }

    private func send(_ bytes: [UInt8], to descriptor: CInt) {
        _ = TCP.send(bytes[...], to: descriptor)
    }

    private func readPacket(_ descriptor: CInt) -> (UInt8, [UInt8])? {
        guard let type = TCP.receive(1, from: descriptor)?.first else { return nil }
        var (length, shift) = (0, 0)
        while true {
            guard let byte = TCP.receive(1, from: descriptor)?.first, shift < 28 else { return nil }
            length |= Int(byte & 127) << shift
            if byte < 128 { break }
            shift += 7
        }
        return TCP.receive(length, from: descriptor).map { (type, $0) }
    }
}
