internal import Foundation
internal import Glibc
internal import Synchronization

/// A TCP relay before a broker: a link that can be cut without good-bye, or fall silent.
package final class BrokerRelay: Sendable {
    private struct State {
        var pairs: [(near: CInt, far: CInt)] = []
        var isSilent = false
        var isClosed = false
    }

    package let port = TCP.freePort()
    private let target: UInt16
    private let listener: CInt
    private let state = Mutex(State())

    package init(to target: UInt16) {
        self.target = target
        listener = TCP.listen(on: port)
        let listener = listener
        let work: @Sendable () -> Bool = { [weak self] in self?.round(listener) ?? false }
        Thread.detachNewThread {
            while work() {}
            Glibc.close(listener)
        }
    }

    deinit { close() }

    /// Ends every connection at once, without a word of MQTT.
    package func cut() {
        state.withLock { state in
            for pair in state.pairs {
                Glibc.close(pair.near)
                Glibc.close(pair.far)
            }
            state.pairs = []
        }
    }

    /// While silent nothing is forwarded, and the connections stand.
    package func setSilent(_ isSilent: Bool) { state.withLock { $0.isSilent = isSilent } }

    package func close() {
        cut()
        state.withLock { $0.isClosed = true }
    }

    /// False: closed.
    private func round(_ listener: CInt) -> Bool {
        let (pairs, isSilent, isClosed) = state.withLock { ($0.pairs, $0.isSilent, $0.isClosed) }
        if isClosed { return false }
        var descriptors = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
        if !isSilent {
            descriptors += pairs.flatMap { [$0.near, $0.far] }
                .map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        }
        guard poll(&descriptors, nfds_t(descriptors.count), 5) > 0 else { return true }
        if descriptors[0].revents != 0 { take(accept(listener, nil, nil)) }
        let ready = Set(descriptors.dropFirst().filter { $0.revents != 0 }.map(\.fd))
        for pair in pairs {
            forward(from: pair.near, to: pair.far, in: ready)
            forward(from: pair.far, to: pair.near, in: ready)
        }
        return true
    }

    private func take(_ near: CInt) {
        guard near >= 0 else { return }
        let far = TCP.connect(to: target)
        if far < 0 {
            Glibc.close(near)
        } else {
            state.withLock { $0.pairs.append((near, far)) }
        }
    }

    private func forward(from source: CInt, to sink: CInt, in ready: Set<CInt>) {
        guard ready.contains(source) else { return }
        state.withLock { state in
            // Cut in between.
            guard let index = state.pairs.firstIndex(where: { $0.near == source || $0.far == source }) else { return }
            var chunk = [UInt8](repeating: 0, count: 64 << 10)
            let count = recv(source, &chunk, chunk.count, 0)
            if count > 0, TCP.send(chunk[..<count], to: sink) { return }
            Glibc.close(source)
            Glibc.close(sink)
            state.pairs.remove(at: index)
        }
    }
}
