import GatewayModel
import GatewayTestSupport
import Logging
import Synchronization
import ThreadExecutor

@testable import Uplink

/// A store in which a batch is sealed at every multiple of `seal`; its sizes and bytes follow from its number.
final class SealingSource: BatchSource {
    private struct State {
        var sealed: UInt64 = 0
        var done: [Bool] = []
        /// Everything before it is acknowledged.
        var firstLeft: UInt64 = 1
        var left = 0
    }

    let epoch = Epoch.random()
    let dictionary: [UInt8]
    private let sizes: ClosedRange<Int>
    private let state = Mutex(State())

    /// - Parameter dictionary: bytes of its text.
    init(sizes: ClosedRange<Int>, dictionary: Int = 0) {
        self.sizes = sizes
        self.dictionary = [UInt8](repeating: UInt8(ascii: " "), count: dictionary)
    }

    var left: Int { state.withLock { $0.left } }
    var sealed: UInt64 { state.withLock { $0.sealed } }

    func seal() -> StoredBatch {
        stored(
            state.withLock { state in
                state.sealed += 1
                state.done.append(false)
                state.left += 1
                return state.sealed
            })
    }

    private func stored(_ sequence: UInt64) -> StoredBatch {
        var random = SeededGenerator(seed: sequence)
        let size = Int.random(in: sizes, using: &random)
        let head = Array("batch \(sequence) ".utf8)
        return StoredBatch(
            key: key(sequence), dictionary: .sample,
            bytes: head + [UInt8](repeating: 0, count: max(0, size - head.count)))
    }

    private func key(_ sequence: UInt64) -> BatchKey { BatchKey(epoch: epoch, sequence: sequence) }

    func unacknowledged(by receiver: ReceiverIndex, after key: BatchKey?, limit: Int) async -> [BatchKey] {
        state.withLock { state in
            let first = max(state.firstLeft, (key?.sequence ?? 0) + 1)
            guard first <= state.sealed else { return [] }
            return (first...state.sealed).lazy.filter { [done = state.done] in !done[Int($0 - 1)] }.prefix(limit)
                .map(self.key)
        }
    }

    func unacknowledged(by receiver: ReceiverIndex, before key: BatchKey?, limit: Int) async -> [BatchKey] {
        state.withLock { state in
            guard let last = state.done.lastIndex(of: false) else { return [] }
            return [self.key(UInt64(last + 1))]
        }
    }

    func urgent(for receiver: ReceiverIndex, limit: Int) async -> [BatchKey] { [] }
    func batch(_ key: BatchKey) async -> StoredBatch? { stored(key.sequence) }
    func dictionary(_ id: DictionaryID) async -> [UInt8]? { dictionary }

    func acknowledge(_ keys: [BatchKey], by receiver: ReceiverIndex) async {
        state.withLock { state in
            for key in keys where !state.done[Int(key.sequence - 1)] {
                state.done[Int(key.sequence - 1)] = true
                state.left -= 1
            }
            while state.firstLeft <= state.sealed, state.done[Int(state.firstLeft - 1)] { state.firstLeft += 1 }
        }
    }
}

/// A receiver's own loop over a ``SimulatedLine`` and a ``SealingSource``, in virtual time.
final class SimulatedStation {
    let line: SimulatedLine
    let source: SealingSource
    private(set) var status: ReceiverStatus
    /// When it last came to be connected.
    private(set) var connectedAt: BootTime?
    private let receiver: SteppedReceiver
    private let executor = ThreadExecutor(name: "simulation")
    private let time: VirtualTime
    private let seal: Nanoseconds

    init(
        line: SimulatedLine, source: SealingSource, seal: Nanoseconds, share: Int = 50,
        timing: ReceiverTiming = .init(), seed: UInt64
    ) {
        self.line = line
        self.source = source
        self.seal = seal
        time = line.time
        status = ReceiverStatus(lastProgress: line.time.bootTime())
        receiver = SteppedReceiver(
            configuration: UplinkConfiguration(
                id: "city", profile: .batch, backlogShare: share, mqtt: MQTTConfiguration(host: "broker", port: 1883)),
            index: 0, gatewayID: Station.gateway, source: source, meta: { Array("{}".utf8) },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, time: line.time, timing: timing,
            seed: seed,
            surroundings: line.surroundings, executor: executor)
    }

    deinit { executor.shutdown() }

    var now: BootTime { time.bootTime() }
    func sealedAt(_ sequence: UInt64) -> BootTime {
        BootTime(nanoseconds: 0) + Nanoseconds(sequence + firstSeal - 1) * seal
    }
    private var firstSeal: UInt64 { UInt64(Nanoseconds.seconds(100) / seal) + 1 }

    /// False: the loop had not ended in time.
    func stop(within limit: Nanoseconds) async -> Bool {
        let end = now + limit
        receiver.stop(by: end)
        while now < end {
            if await receiver.step().next == nil { return true }
            if await !line.runErrands() { time.move(to: now + .milliseconds(10)) }
        }
        return await receiver.step().next == nil
    }

    /// Lets time pass, sealing as it is due, until the condition holds.
    ///
    /// - Returns: false: it did not hold by `end`.
    @discardableResult
    func run(until end: BootTime, or condition: () -> Bool = { false }) async -> Bool {
        while true {
            var next: BootTime?
            repeat {
                let step = await receiver.step()
                if step.status.connected, !status.connected { connectedAt = now }
                (status, next) = step
            } while await line.runErrands()
            if condition() { return true }
            if now >= end { return false }
            let dueSeal = sealedAt(source.sealed + 1)
            // A deadline that has passed waits for something else.
            let soonest = [next, line.current.nextArrival].compactMap { $0 }.filter { $0 > now } + [dueSeal, end]
            time.move(to: soonest.min() ?? end)
            if now >= dueSeal { receiver.notify(source.seal()) }
        }
    }
}
