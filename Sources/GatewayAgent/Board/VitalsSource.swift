internal import GatewayModel
internal import Glibc

/// Where the board's vitals are: files of the kernel (Documentation/ABI/testing of Linux: sysfs-class-thermal,
/// sysfs-class-power, sysfs-class-net; proc(5)). Reading them may wait for a sensor.
struct VitalsSource: Sendable {
    /// Before `/sys` and `/proc`; for tests.
    var root = ""
    /// The state directory.
    var directory: String
    var modem = ModemTool()

    /// The raw value of a vital; nil: this board does not tell.
    func value(of vital: BoardVital) -> Int64? {
        switch vital {
        case .temperature: SystemFile.matches("\(root)/sys/class/thermal/thermal_zone*/temp").compactMap(integer).max()
        case .supply:
            // In microvolts.
            SystemFile.matches("\(root)/sys/class/power_supply/*/voltage_now").compactMap(integer).max().map {
                $0 / 1_000
            }
        case .diskFree: disk.map { Int64(clamping: $0.free / (1 << 20)) }
        case .diskUsed: disk.map { Int64(clamping: 100 - 100 * $0.free / max($0.size, 1)) }
        case .load: load
        case .memoryAvailable: memory
        case .link: link { !$0 }
        case .modemLink: link { $0 }
        // Asked only where there is a modem.
        case .modemSignal: link { $0 } == nil ? nil : modem.signal()
        }
    }

    private func integer(_ path: String) -> Int64? { SystemFile.integer(path) }

    /// In bytes; `free` is what is left for programs without privileges.
    private var disk: (size: UInt64, free: UInt64)? {
        var figures = statvfs()
        guard statvfs(directory, &figures) == 0 else { return nil }
        let block = UInt64(figures.f_frsize)
        return (UInt64(figures.f_blocks) &* block, UInt64(figures.f_bavail) &* block)
    }

    /// `0.42 ...`: two digits behind the point, always.
    private var load: Int64? {
        let word = SystemFile.text("\(root)/proc/loadavg")?.prefix { $0 > " " } ?? ""
        return Int64(String(word.filter { $0 != "." })).flatMap { word.contains(".") ? $0 : nil }
    }

    private var memory: Int64? {
        let name = "MemAvailable:"
        for line in SystemFile.text("\(root)/proc/meminfo")?.split(separator: "\n") ?? [] where line.hasPrefix(name) {
            let kilobytes = line.dropFirst(name.count).split(separator: " ").first.flatMap { Int64(String($0)) }
            return kilobytes.map { $0 / 1_024 }
        }
        return nil
    }

    /// 1: one of the interfaces has a carrier, 0: none has, nil: there is none of the kind. Only those with hardware
    /// behind them count, and modems by the kernel's word `wwan`.
    private func link(isMeant: (_ isModem: Bool) -> Bool) -> Int64? {
        let interfaces = SystemFile.matches("\(root)/sys/class/net/*/device").map { String($0.dropLast(7)) }
            .filter { isMeant(SystemFile.text("\($0)/uevent")?.contains(text: "DEVTYPE=wwan") ?? false) }
        guard !interfaces.isEmpty else { return nil }
        return interfaces.contains { SystemFile.integer("\($0)/carrier") == 1 } ? 1 : 0
    }
}
