internal import CLinux
package import GatewayModel
internal import Logging
internal import Storage
internal import Synchronization
internal import Telemetry

/// What a look at the clock has changed.
enum ClockNews: Sendable {
    /// This boot's anchor has just been taken. Once.
    case trusted(WallAnchor)
    /// The same line, with a smaller error: the kernel has been in step since.
    case restated(WallAnchor)
}

/// Finds out when this boot's clock may be believed, tells everyone once, and remembers the time over power cuts.
package actor ClockKeeper {
    /// Between two looks before.
    static let untilTrusted = Duration.seconds(1)
    /// How often the clock is looked at then, and the time noted; the state store writes it at most every 10 min.
    static let noteEvery = Duration.seconds(60)

    private let state: StateStore
    private let boot: BootID
    private let hasBatteryClock: Bool
    private let time: any TimeSource
    private let maximumError: @Sendable () -> Int
    private let logger: Logger
    private var trust: ClockTrust
    private nonisolated let known = Mutex<WallAnchor?>(nil)
    /// Of an earlier life, once the state has been read.
    private nonisolated let lastKnown = Mutex<Nanoseconds?>(nil)

    /// - Parameter maximumError: `maxerror` of adjtimex(2) in microseconds; negative: cannot be read.
    init(
        state: StateStore, boot: BootID, hasBatteryClock: Bool, time: any TimeSource,
        maximumError: @escaping @Sendable () -> Int, logger: Logger
    ) {
        self.state = state
        self.boot = boot
        self.hasBatteryClock = hasBatteryClock
        self.time = time
        self.maximumError = maximumError
        self.logger = logger
        trust = ClockTrust(hasBatteryClock: hasBatteryClock, lastKnownTime: nil)
    }

    /// This boot's anchor, once there is one. Any thread.
    package nonisolated var anchor: WallAnchor? { known.withLock { $0 } }

    /// UTC - CLOCK_BOOTTIME for the schedules, 0 before the clock is trusted. Any thread.
    package nonisolated var offset: Nanoseconds {
        anchor.map { $0.realTime - $0.bootTime.nanoseconds } ?? 0
    }

    /// What certificates are checked at, nanoseconds since 1970. Before the clock is trusted it is believed only as far
    /// as it can be right: not before this program was built, and not before the last time that was known. Any thread.
    nonisolated var certificateTime: Nanoseconds {
        let now = time.bootTime()
        if let anchor, anchor.isTrusted(at: now) { return anchor.realTime(at: now) }
        return max(time.realTime(), .seconds(CLinux_build_time()), lastKnown.withLock { $0 } ?? 0)
    }

    /// For status: in a few words, why the clock is or is not believed.
    nonisolated var source: String {
        let synchronised = maximumError()
        if synchronised >= 0, synchronised < ClockTrust.largestKernelError { return "synchronised" }
        guard anchor != nil else { return hasBatteryClock ? "battery clock is behind" : "not synchronised" }
        return "not synchronised now, set \(hasBatteryClock ? "by the battery clock" : "before")"
    }

    /// Reads what earlier runs of the agent knew.
    /// - Returns: this boot's anchor, if one of them took it: it stands.
    func recall() async -> WallAnchor? {
        do {
            if let aside = try await state.open() {
                logger.error("the state file was damaged and a new one begun", metadata: ["reason": "\(aside.reason)"])
            }
        } catch {
            logger.error("state cannot be read, going on without", metadata: ["error": "\(error)"])
        }
        let earlier = await state.lastKnownTime
        lastKnown.withLock { $0 = earlier }
        trust = ClockTrust(
            hasBatteryClock: hasBatteryClock, lastKnownTime: earlier,
            anchor: await state.anchor(of: boot))
        if let anchor = trust.anchor { publish(anchor) }
        return trust.anchor
    }

    /// Looks at the clock, and notes the time once it is trusted.
    func look() async -> ClockNews? {
        let (bootTime, realTime) = (time.bootTime(), time.realTime())
        let found = trust.observe(maximumError: maximumError(), bootTime: bootTime, realTime: realTime)
        var news: ClockNews?
        if let found {
            publish(found)
            await state.setAnchor(found, of: boot)
            news = .trusted(found)
        } else if let restated = trust.anchor, restated != anchor {
            known.withLock { $0 = restated }
            news = .restated(restated)
        }
        if let anchor { await state.noteKnownTime(anchor.realTime(at: time.bootTime())) }
        return news
    }

    private func publish(_ anchor: WallAnchor) {
        known.withLock { $0 = anchor }
        logger.info(
            "clock is trusted", metadata: ["source": "\(source)", "error_ms": "\(anchor.error / 1_000_000)"])
    }
}
