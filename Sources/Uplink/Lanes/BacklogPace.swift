internal import GatewayModel

/// Keeps the backlog to its share of the link, and what is on its way to what the link carries in a few seconds.
///
/// Pure, and without a guess about the link: it sends a burst, sees how long the link took for it, and then rests. The
/// burst's time without the latency of the link is the time that the link was busy; with a share of 50 % as much time
/// passes again before the next burst begins. The next burst is as many bytes as fit into the time of one: what a live
/// batch may find before it is never more than one burst, wherever it lies (libmosquitto, TLS, TCP's send buffer, the
/// modem), because all of it is counted until its PUBACK.
struct BacklogPace {
    struct Settings {
        /// The backlog's part of the link, percent, 1...100.
        var share = 50
        /// What a burst should take; where the link's latency is longer, that, up to `longestLatency`.
        var burst: Nanoseconds = .seconds(2)
        /// Latency beyond this counts as a full queue.
        var longestLatency: Nanoseconds = .seconds(5)
        /// No rest is longer.
        var longestRest: Nanoseconds = .seconds(300)
        /// Of the first burst, before anything is known about the link: 4 s at 32 kbit/s.
        var firstBytes = 16 << 10
        var leastBytes = 1 << 10
        var mostBytes = 512 << 10
    }

    private struct Burst {
        var began: BootTime
        var sent = 0
        /// On their way.
        var waiting = 0
        /// Acknowledged since it began, live and dictionaries included.
        var carried = 0
        var batches: Int64 = 0
        /// Another batch did not fit.
        var isFull = false
    }

    private let settings: Settings
    /// Bytes that one burst may have; one batch always goes.
    private(set) var burstBytes: Int
    private var burst: Burst?
    /// The backlog rests until then; nil: it may begin.
    private(set) var restsUntil: BootTime?
    /// The wait after connecting ends then; nil: it has ended.
    private(set) var startsAt: BootTime?
    private var latency = ShortestOf()
    /// What the link carries, bytes a second; nil: not measured yet.
    private(set) var linkRate: Double?
    /// How fast the backlog goes, rests included, batches a second; nil: not measured yet.
    private(set) var batchRate: Double?

    init(_ settings: Settings) {
        self.settings = settings
        burstBytes = min(settings.firstBytes, settings.mostBytes)
    }

    /// A connection begins; the backlog waits until `start`. The link may be another one now: less is known.
    mutating func begin(start: BootTime) {
        burst = nil
        restsUntil = start
        startsAt = start
        latency = ShortestOf()
        burstBytes = min(burstBytes, settings.firstBytes)
    }

    /// No need to wait: there is next to nothing to send.
    mutating func startAtOnce() {
        if startsAt != nil { restsUntil = nil }
        startsAt = nil
    }

    /// Another batch may be fetched for the backlog.
    func mayFetch(_ now: BootTime) -> Bool {
        guard let burst else { return restsUntil.map { now >= $0 } ?? true }
        return !burst.isFull
    }

    /// True when a backlog batch of this size may be sent now. False ends the burst when what it has is acknowledged.
    mutating func maySend(_ bytes: Int, _ now: BootTime) -> Bool {
        guard let burst else { return restsUntil.map { now >= $0 } ?? true }
        if burst.isFull || burst.sent + bytes > burstBytes {
            self.burst?.isFull = true
            return false
        }
        return true
    }

    mutating func sent(_ bytes: Int, _ now: BootTime) {
        restsUntil = nil
        startsAt = nil
        var burst = burst ?? Burst(began: now)
        burst.sent += bytes
        burst.waiting += bytes
        burst.batches += 1
        self.burst = burst
    }

    /// A PUBACK for whatever was published, `isBacklog` or not; `sent`: when.
    mutating func acknowledged(_ bytes: Int, isBacklog: Bool, sent: BootTime, _ now: BootTime) {
        latency.add(now - sent, at: now)
        guard var burst else { return }
        burst.carried += bytes
        if isBacklog { burst.waiting = max(0, burst.waiting - bytes) }
        self.burst = burst
        if burst.waiting == 0 { end(burst, now) }
    }

    private mutating func end(_ burst: Burst, _ now: BootTime) {
        let took = max(now - burst.began, 1)
        let latency = min(latency.shortest ?? 0, settings.longestLatency)
        let busy = max(took - latency, .microseconds(100))
        let whole = busy / Int64(max(1, min(settings.share, 100))) * 100
        // The store was slower than the link: the link was idle all the time.
        let isTrifle = !burst.isFull && busy < .milliseconds(20)
        let rest = isTrifle ? 0 : min(max(0, whole - took), settings.longestRest)
        restsUntil = now + rest
        self.burst = nil

        let seconds = Double(took + rest) / 1e9
        batchRate = mean(batchRate, Double(burst.batches) / seconds, weight: min(1, seconds / 60))
        // What is small says little about the link, and its time may be jitter.
        guard burst.isFull || burst.carried >= burstBytes / 2 else { return }
        if busy >= .milliseconds(5) {
            linkRate = mean(linkRate, Double(burst.carried) * 1e9 / Double(busy), weight: 0.25)
        }
        // Other traffic in the burst counts: it is what the link carried.
        let fits = Double(burst.carried) * Double(max(settings.burst, latency)) / Double(busy)
        let next = min(max(fits, Double(burstBytes) / 4), Double(burstBytes) * 2)
        if burst.isFull || next < Double(burstBytes) {
            burstBytes = max(settings.leastBytes, min(Int(next), settings.mostBytes))
        }
    }

    private func mean(_ old: Double?, _ new: Double, weight: Double) -> Double {
        guard let old else { return new }
        return old + (new - old) * weight
    }
}

/// The shortest of what was seen in the last five to ten minutes: a link's latency without the queue before it.
private struct ShortestOf {
    private static let span: Nanoseconds = .seconds(300)
    private var now: (since: BootTime, value: Nanoseconds)?
    private var before: Nanoseconds?

    var shortest: Nanoseconds? { [now?.value, before].compactMap { $0 }.min() }

    mutating func add(_ value: Nanoseconds, at time: BootTime) {
        guard let current = now, time - current.since < Self.span else {
            before = now?.value
            now = (time, value)
            return
        }
        now = (current.since, min(current.value, value))
    }
}
