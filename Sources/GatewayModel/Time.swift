internal import Glibc

/// A moment on CLOCK_BOOTTIME: nanoseconds since this boot, suspension included, never stepped.
package struct BootTime: Comparable, Hashable, Sendable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package var milliseconds: Int64 { nanoseconds / 1_000_000 }

    package static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }
    package static func + (a: Self, b: Nanoseconds) -> Self { Self(nanoseconds: a.nanoseconds + b) }
    package static func - (a: Self, b: Nanoseconds) -> Self { Self(nanoseconds: a.nanoseconds - b) }
    package static func - (a: Self, b: Self) -> Nanoseconds { a.nanoseconds - b.nanoseconds }
}

/// A span of time. Int64 everywhere, so that 32-bit boards keep 292 years.
package typealias Nanoseconds = Int64

extension Nanoseconds {
    package static func seconds(_ n: Int64) -> Self { n * 1_000_000_000 }
    package static func milliseconds(_ n: Int64) -> Self { n * 1_000_000 }
    package static func microseconds(_ n: Int64) -> Self { n * 1_000 }
}

/// Where "now" comes from, so that tests can drive time by hand.
package protocol TimeSource: Sendable {
    /// CLOCK_BOOTTIME.
    func bootTime() -> BootTime
    /// CLOCK_REALTIME, nanoseconds since 1970-01-01T00:00:00Z, whether it is right or not.
    func realTime() -> Nanoseconds
}

/// The kernel's clocks.
package struct SystemTime: TimeSource {
    package init() {}
    package func bootTime() -> BootTime { BootTime(nanoseconds: Self.read(CLOCK_BOOTTIME)) }
    package func realTime() -> Nanoseconds { Self.read(CLOCK_REALTIME) }

    private static func read(_ clock: clockid_t) -> Nanoseconds {
        var now = timespec()
        clock_gettime(clock, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }
}

/// What ties this boot's CLOCK_BOOTTIME to UTC, taken once per boot when the clock is first known to be right.
package struct WallAnchor: Hashable, Sendable {
    package var bootTime: BootTime
    /// UTC at `bootTime`, nanoseconds since 1970.
    package var realTime: Nanoseconds
    /// How wrong `realTime` may be.
    package var error: Nanoseconds

    package init(bootTime: BootTime, realTime: Nanoseconds, error: Nanoseconds) {
        self.bootTime = bootTime
        self.realTime = realTime
        self.error = error
    }

    /// UTC, nanoseconds since 1970.
    package func realTime(at time: BootTime) -> Nanoseconds { realTime + (time - bootTime) }

    /// The anchor's error plus 100 ppm of its age: what a board's crystal drifts.
    package func error(at time: BootTime) -> Nanoseconds { error + abs(time - bootTime) / 10_000 }

    /// Trusted while the stated error is below 5 min (architecture, invariant 9).
    package func isTrusted(at time: BootTime) -> Bool { error(at: time) < .seconds(300) }
}

/// The kernel's random id of this boot (/proc/sys/kernel/random/boot_id), 16 bytes.
package struct BootID: Hashable, Sendable {
    package var bytes: [UInt8]
    package init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.bytes = bytes
    }
    /// For a system that does not tell: every start then counts as a boot of its own.
    package static func random() -> BootID {
        var generator = SystemRandomNumberGenerator()
        return BootID(unchecked: (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }
    private init(unchecked bytes: [UInt8]) { self.bytes = bytes }
    package var hexadecimal: String { bytes.hexadecimal }
}

extension [UInt8] {
    /// Lower-case hexadecimal, two digits a byte.
    package var hexadecimal: String {
        let digits = Array<UInt8>("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
