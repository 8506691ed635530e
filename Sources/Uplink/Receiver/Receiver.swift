package import GatewayModel
package import Logging
internal import Synchronization
internal import ThreadExecutor

/// One receiver of the gateway's batches: a broker connection on a thread of its own.
///
/// Sends only what the store holds, newest first and then the backlog, and tells the store what was acknowledged. A
/// receiver that is dead, slow or refusing delays nobody else. All methods may be called on any thread.
package final class Receiver: Sendable {
    private let thread: ThreadExecutor
    private let loop: ReceiverLoop
    private let mailbox: Mailbox
    private let time: any TimeSource
    private let current: Mutex<ReceiverStatus>
    private let running = Mutex<Task<Void, Never>?>(nil)
    private let finished = Atomic(false)

    /// - Parameters:
    ///   - index: the receiver's place in the list of uplinks; what the source knows it by.
    ///   - gatewayID: part of every topic, and the client id where the configuration gives none.
    ///   - certificateTime: what certificates are checked at, nanoseconds since 1970; asked at every connect. Never
    ///     earlier than what is known to be past, so that a wrong clock does not make an old certificate good.
    ///   - meta: the JSON object for `PREFIX/GATEWAY/meta`; asked at every connect and every minute.
    ///   - health: a JSON object with the health figures; asked every minute.
    ///   - seed: of the jitter.
    package init(
        configuration: UplinkConfiguration, index: ReceiverIndex, gatewayID: String, source: any BatchSource,
        renderer: any PayloadRenderer,
        certificateTime: @escaping @Sendable () -> Nanoseconds = { SystemTime().realTime() },
        meta: @escaping @Sendable () -> [UInt8],
        health: @escaping @Sendable () -> [UInt8], logger: Logger, time: any TimeSource = SystemTime(),
        timing: ReceiverTiming = .init(), limits: ReceiverLimits = .init(), seed: UInt64 = .random(in: 0 ... .max)
    ) {
        var logger = logger
        logger[metadataKey: "uplink"] = "\(configuration.id)"
        let mailbox = Mailbox(limits: limits)
        let thread = ThreadExecutor(name: "mqtt-\(configuration.id)", stackSize: 512 << 10)
        self.thread = thread
        self.mailbox = mailbox
        self.time = time
        current = Mutex(ReceiverStatus(lastProgress: time.bootTime()))
        let setup = ReceiverLoop.Setup(
            configuration: configuration, index: index, gatewayID: gatewayID, source: source, renderer: renderer,
            certificateTime: certificateTime, meta: meta, health: health, logger: logger, time: time, timing: timing,
            limits: limits, seed: seed)
        loop = ReceiverLoop(setup: setup, mailbox: mailbox, executor: thread)
    }

    /// Begins to connect; returns at once. Call it once.
    package func start() {
        running.withLock { task in
            guard task == nil else { return }
            task = Task.detached { [loop, self] in
                await loop.run { status in self.current.withLock { $0 = status } }
                self.finished.store(true, ordering: .releasing)
            }
        }
    }

    /// Lets what is on its way arrive, publishes the retained `offline` status, disconnects and joins the thread.
    ///
    /// - Parameter within: the time it may take. Nothing that the receiver waits for can hold its thread longer: a
    ///   look-up of a name goes on alone.
    /// - Returns: false when the thread had not ended in time.
    @discardableResult
    package func stop(within limit: Nanoseconds) async -> Bool {
        guard running.withLock({ $0 != nil }) else { return true }
        // The loop's own limit is earlier, so that a busy machine does not make it late.
        mailbox.stop(by: time.bootTime() + limit / 5 * 4)
        let patience = ContinuousClock.now + .nanoseconds(limit)
        while !finished.load(ordering: .acquiring) {
            guard ContinuousClock.now < patience else { return false }
            try? await Task.sleep(for: .milliseconds(5))
        }
        thread.shutdown()
        return true
    }

    /// Tells of a batch that has just become durable. Never waits; only the newest few blobs are kept.
    package func notify(_ batch: StoredBatch) { mailbox.arrived(batch) }

    /// When its loop last came round; now, while it has not been started or has ended.
    package var lastProgress: BootTime {
        let isAtWork = running.withLock { $0 != nil } && !finished.load(ordering: .acquiring)
        return isAtWork ? status.lastProgress : time.bootTime()
    }

    /// How it is doing, as of the loop's last round.
    package var status: ReceiverStatus { current.withLock { $0 } }
}
