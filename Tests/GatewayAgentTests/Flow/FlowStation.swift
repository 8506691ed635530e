import Foundation
import GatewayModel
import GatewayTestSupport
import Logging
import Storage
import Synchronization
import Telemetry
import ThreadExecutor

@testable import GatewayAgent

/// A data path on a disk that fails on demand, with readings put in and receivers played by hand.
final class FlowStation {
    static let receivers = 2
    let directory: String
    let disk: FaultyDisk
    let time = FlowClock()
    let executor = ThreadExecutor(name: "test-flow")
    let configuration: GatewayConfiguration
    private(set) var path: DataPath
    private var nextValue: Int64 = 1

    /// What each receiver was handed, by key.
    private(set) var received: [[BatchKey: StoredBatch]] = [[:], [:]]
    private(set) var problems: [String] = []

    init(clockIsTrusted: Bool = true, alarms: [AlarmRule] = []) throws {
        let memory = FileManager.default.isWritableFile(atPath: "/dev/shm")
        directory = (memory ? "/dev/shm/" : NSTemporaryDirectory()) + "dg-flow-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        disk = FaultyDisk(directory: directory)
        var configuration = Self.configuration()
        configuration.alarms = alarms
        self.configuration = configuration
        path = Self.path(configuration, directory, time, executor, clockIsTrusted: clockIsTrusted)
    }

    deinit {
        executor.shutdown()
        try? FileManager.default.removeItem(atPath: directory)
    }

    static func path(
        _ configuration: GatewayConfiguration, _ directory: String, _ time: any TimeSource, _ executor: ThreadExecutor,
        clockIsTrusted: Bool = true
    ) -> DataPath {
        DataPath(
            configuration: configuration, directory: directory, boot: .random(), time: time,
            hasBatteryClock: false, maximumClockError: { clockIsTrusted ? 1000 : -1 }, executor: executor,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, vfs: FaultyDisk.vfsName)
    }

    static func configuration(seal: Nanoseconds = .seconds(10)) -> GatewayConfiguration {
        let uplinks = ["city", "company"].map { id in
            UplinkConfiguration(id: id, profile: .batch, mqtt: MQTTConfiguration(host: "127.0.0.1", port: 1))
        }
        let point = PointDefinition(
            index: 0, device: "meter", id: "count",
            source: .register(table: .holding, address: 0, type: .int64, count: 4))
        return GatewayConfiguration(
            gatewayID: "test", board: BoardDescription(name: "test"), buses: [], devices: [], points: [point],
            store: StoreConfiguration(size: 4 << 20, seal: seal), uplinks: uplinks, hash: "0")
    }

    /// One reading of this value, which waits in the ring.
    func put(_ value: Int64) {
        path.ring.accept([Reading(point: 0, time: time.bootTime(), quality: .good, sample: .integer(value))])
    }

    /// One reading, a value of its own, sealed into a batch of its own.
    func read() async {
        path.ring.accept([Reading(point: 0, time: time.bootTime(), quality: .good, sample: .integer(nextValue))])
        nextValue += 1
        await path.gather()
        time.advance(.seconds(10))
        await path.gather()
    }

    var valuesRead: Set<Int64> { Set(1..<nextValue) }

    /// A receiver takes everything it is offered, and acknowledges what `acknowledges` says.
    func receive(_ receiver: ReceiverIndex, acknowledges: (BatchKey) -> Bool) async {
        var cursor: BatchKey?
        var seen: Set<BatchKey> = []
        while true {
            let keys = await path.source.unacknowledged(by: receiver, after: cursor, limit: 7)
            guard let last = keys.last, seen.insert(last).inserted else { break }
            cursor = last
            for key in keys {
                guard let batch = await path.source.batch(key) else { continue }
                if let before = received[receiver][key], before != batch { problems.append("\(key) is other bytes") }
                received[receiver][key] = batch
                if acknowledges(key) { await path.source.acknowledge([key], by: receiver) }
            }
        }
    }

    /// The values that a receiver has got, and those that it got under two keys.
    func values(of receiver: ReceiverIndex) -> (all: Set<Int64>, twice: Set<Int64>) {
        var all: Set<Int64> = []
        var twice: Set<Int64> = []
        for batch in received[receiver].values {
            guard let content = try? BatchEnvelope.decode(batch.bytes).content() else { continue }
            for case .integer(let value) in content.readings.compactMap(\.sample) {
                if !all.insert(value).inserted { twice.insert(value) }
            }
        }
        return (all, twice)
    }

    /// The daemon stops and starts again in the same boot or not.
    func restart() async {
        _ = await path.finish()
        await path.close()
        path = Self.path(configuration, directory, time, executor)
    }

    /// What was not stored yet is lost.
    func kill() async {
        await path.close()
        path = Self.path(configuration, directory, time, executor)
    }

    func start() async {
        await path.recallClock()
        _ = await path.lookAtClock()
        _ = await path.openStore()
    }
}

/// Time that moves only when a test says so.
final class FlowClock: TimeSource {
    private let now = Mutex(BootTime(nanoseconds: .seconds(1000)))

    func bootTime() -> BootTime { now.withLock { $0 } }
    func realTime() -> Nanoseconds { 1_795_262_400 * .seconds(1) + bootTime().nanoseconds }
    func advance(_ span: Nanoseconds) { now.withLock { $0 = $0 + span } }
}
