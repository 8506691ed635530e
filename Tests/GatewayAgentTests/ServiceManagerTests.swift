import Glibc
import Testing

@testable import GatewayAgent

/// What systemd hears, on a real datagram socket.
@Suite struct ServiceManagerTests {
    private func manager(_ variables: [String: String], process: pid_t = 7) -> ServiceManager? {
        ServiceManager(variable: { variables[$0] }, process: process)
    }

    @Test func withoutASocketThereIsNoManager() {
        #expect(manager([:]) == nil)
        #expect(manager(["NOTIFY_SOCKET": ""]) == nil)
        #expect(manager(["NOTIFY_SOCKET": "relative"]) == nil)
    }

    @Test func thePeriodIsTheManagersAndOnlyForThisProcess() {
        let socket = ["NOTIFY_SOCKET": "/run/x"]
        func period(_ more: [String: String]) -> Int64? {
            manager(socket.merging(more) { $1 })?.watchdogPeriod
        }
        #expect(period([:]) == nil)
        #expect(period(["WATCHDOG_USEC": "30000000"]) == 30_000_000_000)
        #expect(period(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"]) == 30_000_000_000)
        #expect(period(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"]) == nil)
        #expect(period(["WATCHDOG_USEC": "x"]) == nil)
        #expect(period(["WATCHDOG_USEC": "-1"]) == nil)
        #expect(period(["WATCHDOG_USEC": "9223372036854775807"]) == nil)
    }

    @Test func aMessageArrivesAtAnAbstractSocket() throws {
        let name = "district-gateway-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { path in
            for (index, byte) in name.utf8.enumerated() { path[index + 1] = byte }
        }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + 1 + name.utf8.count)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        try #require(bound == 0)
        try #require(manager(["NOTIFY_SOCKET": "@\(name)"])).tell(ServiceManager.ready)
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        #expect(String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self) == "READY=1")
    }

    @Test func aManagerThatIsGoneHarmsNobody() {
        manager(["NOTIFY_SOCKET": "/nowhere/notify"])?.tell(ServiceManager.alive)
        manager(["NOTIFY_SOCKET": "/" + String(repeating: "x", count: 200)])?.tell(ServiceManager.alive)
    }
}
