internal import Foundation
internal import GatewayModel
internal import Glibc
internal import Storage
internal import Telemetry
internal import ThreadExecutor
internal import Uplink

/// What a backlog costs in CPU time between the store and the socket: a store is filled, opened again and emptied by a
/// receiver that asks, takes, renders and acknowledges as `Uplink` does.
enum Drain {
    private static let points = 2_000
    private static let batches = 1_000
    /// Keys of one question, and of one round of acknowledgements.
    private static let page = 64

    static func run() async -> Int32 {
        do {
            for profile in [PayloadProfile.batch, .json] {
                let (readings, seconds) = try await drain(profile)
                let pace = Double(readings) / seconds
                let figure = "\(Int(pace)) readings per second of CPU time"
                Console.say("drain, profile \(profile.rawValue): \(readings) readings, \(figure)")
                guard profile == .json || pace >= 200_000 else {
                    Console.say("agentsim: less than the 200000 demanded")
                    return 1
                }
            }
            return 0
        } catch {
            Console.complain("error: \(error)")
            return 1
        }
    }

    private static func drain(_ profile: PayloadProfile) async throws -> (readings: Int, seconds: Double) {
        let memory = FileManager.default.isWritableFile(atPath: "/dev/shm")
        let directory = (memory ? "/dev/shm" : NSTemporaryDirectory()) + "/agentsim-drain-\(getpid())"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let executor = ThreadExecutor(name: "drain")
        defer { executor.shutdown() }
        let outbox = Outbox(
            directory: directory, receivers: [OutboxReceiver(id: "city", must: true)],
            configuration: StoreConfiguration(), boot: .random(), time: SystemTime(), executor: executor,
            logger: .quiet)
        _ = try await outbox.open()
        let dictionary = PointDictionary(gateway: "drain", points: definitions)
        try await fill(outbox, dictionary)

        let renderer: any PayloadRenderer =
            profile == .batch
            ? StoredBytesRenderer() : TelemetryRenderer(profile: profile, filter: .all)
        let begin = processorTime()
        var (readings, bytes) = (0, 0)
        while true {
            let keys = await outbox.unacknowledged(by: 0, after: nil, limit: page)
            if keys.isEmpty { break }
            for key in keys {
                guard let batch = await outbox.batch(key) else { continue }
                let text = renderer.needsDictionary ? await outbox.dictionary(batch.dictionary) ?? [] : []
                bytes += try renderer.payload(of: batch, dictionary: text)?.count ?? 0
                readings += points
            }
            await outbox.acknowledge(keys, by: 0)
            await outbox.maintain()
        }
        let seconds = Double(processorTime() - begin) / 1e9
        await outbox.close()
        guard bytes > 0, readings == batches * points else { throw DrainError.incomplete(readings) }
        return (readings, seconds)
    }

    private enum DrainError: Error { case incomplete(Int) }

    private static var definitions: [PointDefinition] {
        (0..<points).map { index in
            PointDefinition(
                index: index, device: "meter-\(index / 25)", id: "v\(index % 25)",
                source: .register(table: .holding, address: UInt16(index), type: .int16, count: 1),
                scaling: .linear(scale: DecimalNumber(significand: 1, exponent: -1), offset: .zero))
        }
    }

    /// A slow process: three in ten of the values step by a tenth every 10 s. Twenty batches, again and again.
    private static func fill(_ outbox: Outbox, _ dictionary: PointDictionary) async throws {
        try await outbox.ensureDictionary(dictionary.id, json: dictionary.json)
        var random = SeededRandom(seed: 1, stream: "drain")
        var values = (0..<points).map { _ in Int64.random(in: 100...900, using: &random) }
        let now = BootTime(nanoseconds: .hours(10_000))
        let anchor = WallAnchor(bootTime: now, realTime: SystemTime().realTime(), error: 0)
        let boot = BootID.random()
        let made = (0..<20).map { _ in
            let readings = values.indices.map { point in
                if Int.random(in: 0..<10, using: &random) < 3 { values[point] += Bool.random(using: &random) ? 1 : -1 }
                let time = now + .milliseconds(Int64(point) * 5)
                return Reading(point: point, time: time, quality: .good, sample: .integer(values[point]))
            }
            return SealedBatch(
                BatchContent(readings: readings), at: now, boot: boot, anchor: anchor, dictionary: dictionary.id)
        }
        for number in 0..<(batches / made.count) {
            for half in [made.prefix(10), made.suffix(10)] {
                let shifted = half.enumerated().map { place, batch in
                    var batch = batch
                    let span = batch.last - batch.first
                    batch.first = now + .seconds(Int64(number * made.count + place) * 10)
                    batch.last = batch.first + span
                    return batch
                }
                try await outbox.append(shifted)
            }
        }
    }

    private static func processorTime() -> Nanoseconds {
        var now = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }
}
