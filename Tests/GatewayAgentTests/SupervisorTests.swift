import FieldBus
import GatewayModel
import GatewayTestSupport
import Logging
import Synchronization
import Testing
import ThreadExecutor

@testable import GatewayAgent

/// The watchdog is fed only while every part of the daemon makes progress.
@Suite struct SupervisorTests {
    private let fed = Counter()
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func supervisor(_ parts: [Progress], timeout: Nanoseconds? = .seconds(30)) -> Supervisor {
        let fed = fed
        return Supervisor(parts: parts, timeout: timeout, logger: logger) { fed.increment() }
    }

    private func part(_ name: String, last: Nanoseconds, patience: Nanoseconds = .seconds(10)) -> Progress {
        Progress(part: name, patience: patience) { BootTime(nanoseconds: last) }
    }

    @Test func isFedWhileAllPartsMove() {
        let supervisor = supervisor([part("bus a", last: .seconds(95)), part("store", last: .seconds(90))])
        var known: Set<String> = []
        supervisor.look(at: BootTime(nanoseconds: .seconds(100)), known: &known)
        #expect(fed.value == 1)
        #expect(known.isEmpty)
    }

    @Test(arguments: 0..<3) func oneStalledPartOfThreeStopsTheFeeding(which: Int) {
        let parts = (0..<3).map { part("part \($0)", last: $0 == which ? .seconds(89) : .seconds(100)) }
        var known: Set<String> = []
        supervisor(parts).look(at: BootTime(nanoseconds: .seconds(100)), known: &known)
        #expect(fed.value == 0)
        #expect(known == ["part \(which)"])
    }

    @Test func isFedAgainOnceThePartMoves() {
        let last = ProgressMark(BootTime(nanoseconds: 0))
        let supervisor = supervisor([Progress(part: "store", patience: .seconds(10)) { last.last }])
        var known: Set<String> = []
        supervisor.look(at: BootTime(nanoseconds: .seconds(11)), known: &known)
        #expect(fed.value == 0)
        last.set(BootTime(nanoseconds: .seconds(12)))
        supervisor.look(at: BootTime(nanoseconds: .seconds(13)), known: &known)
        #expect(fed.value == 1)
        #expect(known.isEmpty)
    }

    @Test func isFedAtHalfTheTimeoutAndNeverInABusyLoop() {
        #expect(supervisor([], timeout: .seconds(30)).period == .seconds(15))
        #expect(supervisor([], timeout: 1).period == Supervisor.shortestPeriod)
        #expect(supervisor([], timeout: nil).period == Supervisor.idlePeriod)
    }

    /// A real worker whose thread hangs inside a call, as in a driver that does not come back.
    @Test func aBusWorkerThatHangsStopsTheFeeding() async throws {
        let hang = HangingSink()
        // Nobody listens at this port of the loopback: every point is `port-lost` at once, and is delivered.
        let bus = BusConfiguration(id: "plc", connection: .modbusTCP(host: "127.0.0.1", port: 1))
        let device = DeviceConfiguration(id: "tank", bus: "plc", unit: 1, points: 0..<1)
        let point = PointDefinition(
            index: 0, device: "tank", id: "level",
            source: .register(table: .holding, address: 0, type: .uint16, count: 1), period: .every(.seconds(1)))
        let worker = BusWorker(bus: bus, devices: [device], points: [point], sink: hang, logger: logger)
        worker.start()
        hang.waitUntilReached()
        let stuck = worker.lastProgress
        let parts = [Progress(part: "bus plc", patience: .seconds(15)) { worker.lastProgress }]
        var known: Set<String> = []
        supervisor(parts).look(at: stuck + .seconds(16), known: &known)
        #expect(fed.value == 0)
        #expect(known == ["bus plc"])
        hang.letGo()
        await worker.stop()
    }
}

private final class Counter: Sendable {
    private let count = Atomic(0)
    func increment() { count.add(1, ordering: .relaxed) }
    var value: Int { count.load(ordering: .relaxed) }
}

/// Takes the first readings and does not come back until it is let go.
private final class HangingSink: ReadingSink {
    private let reached = WakeUp()
    private let released = WakeUp()

    func accept(_ readings: [Reading]) {
        reached.signal()
        released.wait()
    }

    func waitUntilReached() { reached.wait() }
    func letGo() { released.signal() }
}
