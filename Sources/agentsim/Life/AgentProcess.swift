internal import GatewayAgent
internal import GatewayModel
internal import Logging
internal import Storage
internal import Synchronization
internal import ThreadExecutor
internal import Uplink

/// One run of the agent's process: its real parts, joined as `GatewayAgent` joins them, but moved by the simulation.
struct AgentProcess: Sendable {
    let path: DataPath
    var buses: [VirtualBus]
    /// Empty until the store is open, or cannot be opened for so long that they are served from memory.
    var receivers: [SteppedReceiver] = []
    let errands = Errands()
    var storeIsOpen = false
    var hasRecalledClock = false
    /// The present call of the store has waited for its slow sync already.
    var hasWaited = false

    private let configuration: GatewayConfiguration
    private let clock: VirtualClock
    private let executor: ThreadExecutor
    private let sabotage: Sabotage?

    init(
        _ configuration: GatewayConfiguration, directory: String, vfs: String, clock: VirtualClock,
        executor: ThreadExecutor, sabotage: Sabotage?
    ) {
        self.configuration = configuration
        self.clock = clock
        self.executor = executor
        self.sabotage = sabotage
        let believes = sabotage == .believedClock
        path = DataPath(
            configuration: configuration, directory: directory, boot: clock.boot, time: clock,
            hasBatteryClock: configuration.board.hasBatteryClock && clock.agreesWithBattery,
            maximumClockError: { believes ? 1_000 : clock.maximumError() }, executor: executor, logger: .quiet, vfs: vfs
        )
        let now = clock.bootTime()
        buses = configuration.buses.map { VirtualBus($0, in: configuration, offset: 0, now: now) }
    }

    /// As the agent does once the store is open, or is given up for now. Starting them again does nothing.
    mutating func startReceivers(_ links: [VirtualLink], seed: UInt64) {
        guard receivers.isEmpty else { return }
        let source: any BatchSource = sabotage.map { SabotagedSource(path.source, $0) } ?? path.source
        receivers = configuration.uplinks.enumerated().map { index, uplink in
            let link = links[index]
            let surroundings = ReceiverSurroundings(
                makeClient: { _ throws(MQTTProblem) in link.makeClient() },
                lookUp: { _, done in done(link.lookUp()) },
                errand: { [errands] in errands.add($0) })
            return SteppedReceiver(
                configuration: uplink, index: index, gatewayID: configuration.gatewayID, source: source,
                meta: { Array("{}".utf8) }, logger: .quiet, time: clock, seed: seed &+ UInt64(index),
                surroundings: surroundings, executor: executor)
        }
        let receivers = receivers
        path.setListener { batch in for receiver in receivers { receiver.notify(batch) } }
    }
}

/// What the receivers have asked of the store and not got yet, in order.
final class Errands: Sendable {
    private let queue = Mutex<[@Sendable () async -> Void]>([])

    func add(_ body: @escaping @Sendable () async -> Void) { queue.withLock { $0.append(body) } }
    var isEmpty: Bool { queue.withLock { $0.isEmpty } }
    func takeAll() -> [@Sendable () async -> Void] {
        queue.withLock { list in
            defer { list = [] }
            return list
        }
    }
}

extension Logger {
    static let quiet = Logger(label: "agentsim") { _ in SwiftLogNoOpLogHandler() }
}
