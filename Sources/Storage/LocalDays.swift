internal import Glibc
internal import Synchronization

/// Which local day a moment lies in.
package struct LocalDays: Sendable {
    /// Days since 1970-01-01 on the local calendar, of a moment in UTC, ms since 1970.
    package let day: @Sendable (_ utcMilliseconds: Int64) -> Int64

    package init(day: @escaping @Sendable (Int64) -> Int64) { self.day = day }

    package static let utc = fixed(offsetSeconds: 0)

    /// A zone without summer time.
    package static func fixed(offsetSeconds: Int64) -> LocalDays {
        LocalDays { Self.day(utcMilliseconds: $0, offset: offsetSeconds) }
    }

    /// The zone of this process, as ``setZone(_:)`` left it. Any thread.
    ///
    /// Zones change their offset at full quarter hours, so one look into the zone's table serves a whole one.
    package static func ofProcess() -> LocalDays {
        let known = Mutex<(quarter: Int64, offset: Int64)?>(nil)
        return LocalDays { milliseconds in
            let quarter = milliseconds / 900_000
            let offset = known.withLock { known in
                if let known, known.quarter == quarter { return known.offset }
                var seconds = time_t(milliseconds / 1000)
                var parts = tm()
                let offset = localtime_r(&seconds, &parts) == nil ? 0 : Int64(parts.tm_gmtoff)
                known = (quarter, offset)
                return offset
            }
            return Self.day(utcMilliseconds: milliseconds, offset: offset)
        }
    }

    /// Makes `name`, an IANA zone, the zone of this process. Only before other threads run: it changes the
    /// environment. Log and stored times are UTC whatever the zone is.
    ///
    /// - Returns: false when the system does not know the zone: days are then counted in UTC. Install tzdata.
    package static func setZone(_ name: String) -> Bool {
        let isKnown = access("/usr/share/zoneinfo/\(name)", R_OK) == 0
        setenv("TZ", isKnown ? ":\(name)" : "UTC0", 1)
        tzset()
        return isKnown
    }

    private static func day(utcMilliseconds: Int64, offset: Int64) -> Int64 {
        let local = utcMilliseconds + offset * 1000
        let (day, rest) = local.quotientAndRemainder(dividingBy: 86_400_000)
        return rest < 0 ? day - 1 : day
    }
}
