internal import Foundation
internal import Glibc
internal import Synchronization

/// A TCP relay before a broker: a link that is thin, slow, lossy, cut without good-bye, or silent.
///
/// One thread; a link's faults can be changed while it runs.
package final class BrokerRelay: Sendable {
    package enum Direction: Sendable { case toBroker, toGateway }

    /// What the link does to the bytes.
    package struct Faults: Sendable {
        /// Bytes a second in each direction; nil: as fast as it goes. What does not fit waits at the sender, as before a
        /// modem: the relay itself holds next to nothing.
        package var rate: Double?
        /// For each byte, each way.
        package var delay: Duration
        /// Nothing is forwarded, and the connections stand.
        package var isSilent = false
        /// What goes this way is taken and lost.
        package var swallows: Direction?
        /// A connection is reset after so many bytes to the broker, in the middle of whatever that is.
        package var resetAfter: @Sendable (_ connection: Int) -> Int?

        package init(
            rate: Double? = nil, delay: Duration = .zero,
            resetAfter: @escaping @Sendable (_ connection: Int) -> Int? = { _ in nil }
        ) {
            self.rate = rate
            self.delay = delay
            self.resetAfter = resetAfter
        }
    }

    private struct State {
        var faults = Faults()
        var connections: [RelayedConnection] = []
        var accepted = 0
        var carried = 0
        var isClosed = false
    }

    package let port = TCP.freePort()
    private let target: UInt16
    private let listener: CInt
    private let state = Mutex(State())

    package init(to target: UInt16, faults: Faults = .init()) {
        self.target = target
        listener = TCP.listen(on: port)
        state.withLock { $0.faults = faults }
        let listener = listener
        let work: @Sendable () -> Bool = { [weak self] in self?.round(listener) ?? false }
        Thread.detachNewThread {
            while work() {}
            Glibc.close(listener)
        }
    }

    deinit { close() }

    package func change(_ body: (inout sending Faults) -> Void) { state.withLock { body(&$0.faults) } }
    package func setSilent(_ isSilent: Bool) { change { $0.isSilent = isSilent } }

    /// Connections taken so far.
    package var accepted: Int { state.withLock { $0.accepted } }
    /// Bytes forwarded to the broker so far.
    package var carried: Int { state.withLock { $0.carried } }

    /// Ends every connection at once, without a word of MQTT.
    package func cut() {
        state.withLock { state in
            for connection in state.connections { connection.close() }
            state.connections = []
        }
    }

    package func close() {
        cut()
        state.withLock { $0.isClosed = true }
    }

    /// False: closed.
    private func round(_ listener: CInt) -> Bool {
        let (descriptors, isClosed) = state.withLock { state in
            (state.faults.isSilent ? [] : state.connections.flatMap { [$0.near, $0.far] }, state.isClosed)
        }
        if isClosed { return false }
        var polled = ([listener] + descriptors).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        _ = poll(&polled, nfds_t(polled.count), 2)
        if polled[0].revents != 0 { take(accept(listener, nil, nil)) }
        let ready = Set(polled.dropFirst().filter { $0.revents != 0 }.map(\.fd))
        let isThin = state.withLock { state in
            var carried = 0
            if !state.faults.isSilent {
                state.connections = state.connections.compactMap { connection in
                    var connection = connection
                    let isOpen = connection.forward(ready, state.faults, &carried)
                    if !isOpen { connection.close() }
                    return isOpen ? connection : nil
                }
            }
            state.carried += carried
            return state.faults.rate != nil
        }
        // Bytes that wait for their turn keep the descriptors ready.
        if isThin { usleep(1_000) }
        return true
    }

    private func take(_ near: CInt) {
        guard near >= 0 else { return }
        let far = TCP.connect(to: target)
        if far < 0 {
            Glibc.close(near)
            return
        }
        state.withLock { state in
            if state.faults.rate != nil {
                // The kernel's buffers would be a link of their own.
                var size: CInt = 2_048
                setsockopt(near, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<CInt>.size))
            }
            state.connections.append(RelayedConnection(near: near, far: far, number: state.accepted))
            state.accepted += 1
        }
    }
}

/// One gateway's connection and its other half.
private struct RelayedConnection {
    /// What waits for its delay.
    private struct Lane {
        var waiting: [(due: ContinuousClock.Instant, bytes: ArraySlice<UInt8>)] = []
        var budget = 0.0
        var filled = ContinuousClock.now
    }

    let near: CInt
    let far: CInt
    let number: Int
    private var toBroker = Lane()
    private var toGateway = Lane()
    private var carried = 0

    init(near: CInt, far: CInt, number: Int) {
        self.near = near
        self.far = far
        self.number = number
    }

    func close() {
        Glibc.close(near)
        Glibc.close(far)
    }

    /// False: the connection is over.
    mutating func forward(_ ready: Set<CInt>, _ faults: BrokerRelay.Faults, _ total: inout Int) -> Bool {
        let limit = faults.resetAfter(number)
        guard Self.take(near, ready, faults, &toBroker), Self.take(far, ready, faults, &toGateway) else { return false }
        for bytes in Self.due(&toBroker) where faults.swallows != .toBroker {
            let part = bytes.prefix(max(0, (limit ?? .max) - carried))
            guard TCP.send(part, to: far) else { return false }
            carried += part.count
            total += part.count
            if let limit, carried >= limit {
                var linger = linger(l_onoff: 1, l_linger: 0)
                setsockopt(near, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
                return false
            }
        }
        for bytes in Self.due(&toGateway) where faults.swallows != .toGateway {
            guard TCP.send(bytes, to: near) else { return false }
        }
        return true
    }

    /// False: the source has ended.
    private static func take(
        _ source: CInt, _ ready: Set<CInt>, _ faults: BrokerRelay.Faults, _ lane: inout Lane
    ) -> Bool {
        let now = ContinuousClock.now
        if let rate = faults.rate {
            // A tenth of a second's worth at most, so that a pause is not made up for.
            lane.budget = min(rate / 10 + 1, lane.budget + rate * ((now - lane.filled) / .seconds(1)))
            lane.filled = now
        }
        guard ready.contains(source) else { return true }
        let most = faults.rate == nil ? 64 << 10 : min(64 << 10, Int(lane.budget))
        guard most > 0 else { return true }
        var chunk = [UInt8](repeating: 0, count: most)
        let count = recv(source, &chunk, chunk.count, CInt(MSG_DONTWAIT))
        if count < 0, errno == EAGAIN { return true }
        guard count > 0 else { return false }
        lane.budget -= Double(count)
        lane.waiting.append((now + faults.delay, chunk[..<count]))
        return true
    }

    private static func due(_ lane: inout Lane) -> [ArraySlice<UInt8>] {
        let now = ContinuousClock.now
        let due = lane.waiting.prefix { $0.due <= now }.map(\.bytes)
        lane.waiting.removeFirst(due.count)
        return due
    }
}
