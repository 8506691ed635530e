package import GatewayModel
internal import Glibc

package enum UTCText {
    /// `2026-11-21T07:11:23.120Z` from nanoseconds since 1970.
    package static func text(_ realTime: Nanoseconds) -> String {
        var seconds = time_t(realTime / 1_000_000_000)
        let milliseconds = Int(realTime / 1_000_000 % 1_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func two(_ n: CInt) -> String { n < 10 ? "0\(n)" : "\(n)" }
        let fraction = String(String(1_000 + max(milliseconds, 0)).dropFirst())
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))T\(two(parts.tm_hour)):"
            + "\(two(parts.tm_min)):\(two(parts.tm_sec)).\(fraction)Z"
    }
}
