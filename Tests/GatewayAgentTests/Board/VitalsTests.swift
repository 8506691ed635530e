import Foundation
import GatewayModel
import Synchronization
import Testing

@testable import GatewayAgent

/// A board's files as the kernel shows them, in a directory.
@Suite struct VitalsTests {
    private let root = NSTemporaryDirectory() + "dg-vitals-\(UUID().uuidString)"

    private func write(_ files: [String: String]) throws {
        for (path, text) in files {
            let url = URL(fileURLWithPath: root + path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: url, atomically: true, encoding: .utf8)
        }
    }

    private func values() -> [String: Int64] {
        let source = VitalsSource(
            root: root, directory: NSTemporaryDirectory(), modem: ModemTool(path: root + "/usr/bin/mmcli"))
        let pairs = BoardVital.allCases.compactMap { vital in source.value(of: vital).map { (vital.rawValue, $0) } }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    @Test func whatTheKernelShowsIsTold() throws {
        try write([
            "/sys/class/thermal/thermal_zone0/temp": "47123\n", "/sys/class/thermal/thermal_zone1/temp": "51500\n",
            "/sys/class/power_supply/in/voltage_now": "23950000\n", "/proc/loadavg": "0.42 0.30 0.10 1/99 1234\n",
            "/proc/meminfo": "MemTotal:  245760 kB\nMemFree:  1000 kB\nMemAvailable:  204800 kB\n",
            "/sys/class/net/eth0/device/x": "", "/sys/class/net/eth0/carrier": "1\n",
            "/sys/class/net/eth0/uevent": "INTERFACE=eth0\nIFINDEX=2\n",
            "/sys/class/net/wwan0/device/x": "", "/sys/class/net/wwan0/carrier": "0\n",
            "/sys/class/net/wwan0/uevent": "DEVTYPE=wwan\nINTERFACE=wwan0\n",
            "/sys/class/net/lo/carrier": "1\n",
        ])
        defer { try? FileManager.default.removeItem(atPath: root) }
        var told = values()
        let (used, free) = (told.removeValue(forKey: "disk_used"), told.removeValue(forKey: "disk_free"))
        #expect((0...100).contains(used ?? -1))
        #expect((free ?? 0) > 0)
        #expect(
            told == [
                "temperature": 51_500, "supply": 23_950, "load": 42, "memory_available": 200, "link": 1,
                "modem_link": 0,
            ])
    }

    @Test func aBoardWithoutASensorTellsNothing() throws {
        try write(["/proc/loadavg": "garbage", "/sys/class/thermal/thermal_zone0/temp": "\n"])
        defer { try? FileManager.default.removeItem(atPath: root) }
        #expect(Set(values().keys) == ["disk_free", "disk_used"])
    }

    @Test func aSensorThatIsGoneIsTold() async throws {
        final class Sink: ReadingSink {
            let readings = Mutex<[Reading]>([])
            func accept(_ readings: [Reading]) { self.readings.withLock { $0 += readings } }
        }
        try write(["/sys/class/thermal/thermal_zone0/temp": "40000\n"])
        defer { try? FileManager.default.removeItem(atPath: root) }
        var configuration = FlowStation.configuration()
        configuration.points = [BoardVital.temperature, .supply].enumerated().map { index, vital in
            PointDefinition(
                index: index, device: "gateway", id: vital.rawValue, source: .board(.vital(vital)),
                period: .every(.seconds(60)))
        }
        let (sink, time) = (Sink(), FlowClock())
        let vitals = try #require(
            BoardVitals(configuration, VitalsSource(root: root, directory: "/"), sink: sink, time: time))
        time.advance(.milliseconds(250))
        #expect(
            await vitals.read(offset: .seconds(50))
                == .nanoseconds(Int64.seconds(60) - .seconds(30) - .milliseconds(250)))
        try FileManager.default.removeItem(atPath: root)
        _ = await vitals.read(offset: 0)
        vitals.stop()
        let readings = sink.readings.withLock { $0 }
        #expect(readings.map(\.point) == [0, 0], "what was never there is not missed")
        #expect(readings.map(\.quality) == [.good, .noValue])
        #expect(readings.first?.sample == .integer(40_000))
    }
}
