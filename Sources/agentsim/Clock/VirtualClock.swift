internal import GatewayModel
internal import Synchronization

/// The clocks of the simulated board, and the truth behind them.
///
/// As in the kernel, CLOCK_REALTIME is CLOCK_BOOTTIME and an offset: the offset changes by steps only, and what slews
/// the one slews the other. The kernel is honest: while it states an error, its clock is not further off.
final class VirtualClock: TimeSource {
    /// What the kernel states when its clock was set by hand or never (NTP_PHASE_LIMIT of linux/timex.h).
    static let unknownError = Nanoseconds.seconds(16)
    /// How fast the stated error grows without a server (MAXFREQ of linux/timex.h).
    static let errorGrowth: Int64 = 500_000

    private struct State {
        /// UTC, ns since 1970.
        var truth: Nanoseconds
        var boot = BootID.numbered(0)
        /// Since this moment CLOCK_BOOTTIME has run at the present rate.
        var since: Nanoseconds
        var bootTime = BootTime(nanoseconds: 0)
        /// Parts per billion that it runs too fast.
        var rate: Int64 = 0
        /// CLOCK_REALTIME - CLOCK_BOOTTIME.
        var offset: Nanoseconds = 0
        var stated = VirtualClock.unknownError
        var statedAt: Nanoseconds
        var isSynchronised = false
        /// What the battery clock is ahead of the truth; nil: its battery is dead.
        var battery: Nanoseconds?

        var now: BootTime { bootTime(at: truth) }

        func bootTime(at truth: Nanoseconds) -> BootTime {
            let span = truth - since
            return bootTime + (span + State.share(rate, of: span))
        }

        /// `span` x `ratio` / 10^9 without overflow.
        static func share(_ ratio: Int64, of span: Nanoseconds) -> Nanoseconds {
            span / .seconds(1) * ratio + span % .seconds(1) * ratio / .seconds(1)
        }

        mutating func run(atRate rate: Int64) {
            bootTime = now
            since = truth
            self.rate = rate
        }
    }

    private let state: Mutex<State>

    init(truth: Nanoseconds) { state = Mutex(State(truth: truth, since: truth, statedAt: truth)) }

    func bootTime() -> BootTime { state.withLock { $0.now } }
    func realTime() -> Nanoseconds { state.withLock { $0.now.nanoseconds + $0.offset } }

    /// `maxerror` of adjtimex(2), microseconds.
    func maximumError() -> Int {
        state.withLock { state in
            let growth = state.isSynchronised ? 0 : State.share(Self.errorGrowth, of: state.truth - state.statedAt)
            return Int(min(state.stated + growth, Self.unknownError) / 1_000)
        }
    }

    /// As `BatteryClock.agrees(with:)`.
    var agreesWithBattery: Bool {
        state.withLock { state in
            let shown = state.battery.map { state.truth + $0 } ?? 0
            return abs(state.now.nanoseconds + state.offset - shown) <= .milliseconds(1_500)
        }
    }

    /// UTC, ns since 1970: what every other clock should say.
    var truth: Nanoseconds { state.withLock { $0.truth } }
    var boot: BootID { state.withLock { $0.boot } }
    var isSynchronised: Bool { state.withLock { $0.isSynchronised } }

    func advance(to truth: Nanoseconds) { state.withLock { $0.truth = max($0.truth, truth) } }

    /// When CLOCK_BOOTTIME will be `time`, should its rate stay.
    func truth(at time: BootTime) -> Nanoseconds {
        state.withLock { state in
            var guess = state.since + (time - state.bootTime)
            // Each round divides the error by more than 10,000.
            for _ in 0..<4 { guess += time - state.bootTime(at: guess) }
            while state.bootTime(at: guess) < time { guess += 1 }
            return guess
        }
    }

    // MARK: - What happens to clocks

    /// - Parameters:
    ///   - rate: of the crystal, parts per billion, while nobody corrects it.
    ///   - battery: what the battery clock is ahead of the truth; the kernel starts from it. nil: its battery is dead.
    ///   - wall: what CLOCK_REALTIME says at first otherwise.
    func powerOn(boot: BootID, uptime: Nanoseconds, rate: Int64, battery: Nanoseconds?, wall: Nanoseconds) {
        state.withLock { state in
            state.battery = battery
            let wall = battery.map { state.truth + $0 } ?? wall
            state.boot = boot
            state.since = state.truth
            state.bootTime = BootTime(nanoseconds: uptime)
            state.rate = rate
            state.offset = wall - uptime
            state.stated = Self.unknownError
            state.statedAt = state.truth
            state.isSynchronised = false
        }
    }

    /// Someone sets the clock: the kernel then states that it knows nothing.
    func set(to wall: Nanoseconds, rate: Int64) {
        state.withLock { state in
            state.run(atRate: rate)
            state.offset = wall - state.now.nanoseconds
            state.stated = Self.unknownError
            state.statedAt = state.truth
            state.isSynchronised = false
        }
    }

    /// A time server has been found: the clock is stepped to within `error`, and its rate is right from now on.
    func synchronise(error: Nanoseconds, stated: Nanoseconds) {
        state.withLock { state in
            state.run(atRate: 0)
            state.offset = state.truth + error - state.now.nanoseconds
            state.stated = max(stated, abs(error))
            state.statedAt = state.truth
            state.isSynchronised = true
        }
    }

    /// The time server is gone: the crystal is on its own again.
    func loseServer(rate: Int64) {
        state.withLock { state in
            guard state.isSynchronised else { return }
            state.run(atRate: rate)
            state.statedAt = state.truth
            state.isSynchronised = false
        }
    }
}

extension BootID {
    static func numbered(_ number: UInt64) -> BootID {
        let bytes =
            [UInt8](repeating: 0xb0, count: 8)
            + (0..<8).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
        return BootID(bytes: bytes) ?? .random()
    }
}
