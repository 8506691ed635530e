internal import GatewayModel
internal import Glibc

/// The board's battery-backed clock, as the kernel shows it.
///
/// A board that has one need not have started from it: when its battery is dead, systemd-timesyncd and fake-hwclock
/// advance CLOCK_REALTIME to the moment they saved before the power went, which looks plausible and is late by as long
/// as the power was off.
enum BatteryClock {
    /// It counts whole seconds, and so does the kernel when it starts from it.
    private static let agreement = Nanoseconds.milliseconds(1_500)

    /// Whether CLOCK_REALTIME can have come from it. Where the kernel shows no such clock the board file is believed.
    static func agrees(with realTime: Nanoseconds) -> Bool {
        guard let time = read() else { return true }
        return abs(realTime - time) <= agreement
    }

    /// UTC, ns since 1970, of the clock that the kernel starts from (Documentation/ABI/testing/rtc-cdev and
    /// rtc/sysfs of Linux: `since_epoch`; `hctosys` is 1 for the one). Takes a transfer on the board's I2C bus: about a
    /// millisecond.
    private static func read() -> Nanoseconds? {
        for number in 0..<4 where integer("/sys/class/rtc/rtc\(number)/hctosys") == 1 {
            return integer("/sys/class/rtc/rtc\(number)/since_epoch").map { .seconds($0) }
        }
        return nil
    }

    private static func integer(_ path: String) -> Int64? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var text = [UInt8](repeating: 0, count: 32)
        let count = Glibc.read(file, &text, text.count)
        // 2^33 seconds: far beyond any clock, and far from an overflow in nanoseconds.
        let value = Int64(String(decoding: text.prefix(max(count, 0)).prefix { $0 > 32 }, as: UTF8.self))
        return value.flatMap { (0..<1 << 33).contains($0) ? $0 : nil }
    }
}
