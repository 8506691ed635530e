internal import CLinux
internal import GatewayModel
internal import Logging
internal import Storage
internal import Synchronization
internal import Telemetry

/// Finds out when this boot's clock may be believed, tells everyone once, and remembers the time over power cuts.
actor ClockKeeper {
    static let untilTrusted = Duration.seconds(1)
    /// How often the clock is looked at then, and the time noted; the state store writes it at most every 10 min.
    static let noteEvery = Duration.seconds(60)

    private let state: StateStore
    private let boot: BootID
    private let hasBatteryClock: Bool
    private let time: any TimeSource
    private let logger: Logger
    private var restated: @Sendable (WallAnchor) async -> Void = { _ in }
    private nonisolated let known = Mutex<WallAnchor?>(nil)

    init(state: StateStore, boot: BootID, hasBatteryClock: Bool, time: any TimeSource, logger: Logger) {
        self.state = state
        self.boot = boot
        self.hasBatteryClock = hasBatteryClock
        self.time = time
        self.logger = logger
    }

    /// This boot's anchor, once there is one. Any thread.
    nonisolated var anchor: WallAnchor? { known.withLock { $0 } }

    /// UTC - CLOCK_BOOTTIME for the schedules, 0 before the clock is trusted. Any thread.
    nonisolated var offset: Nanoseconds {
        anchor.map { $0.realTime - $0.bootTime.nanoseconds } ?? 0
    }

    /// For status: in a few words, why the clock is or is not believed.
    nonisolated var source: String {
        let synchronised = CLinux_clock_maximum_error()
        if synchronised >= 0, synchronised < ClockTrust.largestKernelError { return "synchronised" }
        guard anchor != nil else { return hasBatteryClock ? "battery clock is behind" : "not synchronised" }
        return "not synchronised now, set \(hasBatteryClock ? "by the battery clock" : "before")"
    }

    /// Watches until the task is cancelled.
    ///
    /// - Parameters:
    ///   - trusted: called once, with the anchor.
    ///   - restated: called when the anchor's error was found to be smaller; its line stays.
    func run(
        trusted: @Sendable (WallAnchor) async -> Void, restated: @escaping @Sendable (WallAnchor) async -> Void
    ) async {
        self.restated = restated
        do {
            if let aside = try await state.open() {
                logger.error("the state file was damaged and a new one begun", metadata: ["reason": "\(aside.reason)"])
            }
        } catch {
            logger.error("state cannot be read, going on without", metadata: ["error": "\(error)"])
        }
        var trust = ClockTrust(
            hasBatteryClock: hasBatteryClock, lastKnownTime: await state.lastKnownTime,
            anchor: await state.anchor(of: boot))
        if let anchor = trust.anchor {
            await adopt(anchor, trusted)
        }
        while !Task.isCancelled {
            let (bootTime, realTime) = (time.bootTime(), time.realTime())
            let found = trust.observe(
                maximumError: CLinux_clock_maximum_error(), bootTime: bootTime, realTime: realTime)
            if let found {
                await adopt(found, trusted)
                await state.setAnchor(found, of: boot)
            } else if let restated = trust.anchor, restated != anchor {
                await restate(restated)
            }
            if let anchor { await state.noteKnownTime(anchor.realTime(at: time.bootTime())) }
            try? await Task.sleep(for: trust.anchor == nil ? Self.untilTrusted : Self.noteEvery)
        }
    }

    /// The same line through the same moment, with a smaller error: the kernel has been in step since.
    private func restate(_ anchor: WallAnchor) async {
        known.withLock { $0 = anchor }
        await restated(anchor)
    }

    private func adopt(_ anchor: WallAnchor, _ trusted: @Sendable (WallAnchor) async -> Void) async {
        known.withLock { $0 = anchor }
        logger.info(
            "clock is trusted", metadata: ["source": "\(source)", "error_ms": "\(anchor.error / 1_000_000)"])
        await trusted(anchor)
    }
}
