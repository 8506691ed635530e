import DigitalIO
import Foundation
import GatewayModel
import GatewayTestSupport
import Logging
import Storage
import Synchronization
import Telemetry
import Testing
import ThreadExecutor

@testable import GatewayAgent

/// A counter from its pulses to the store, over power cuts.
@Suite struct CounterKeeperTests {
    private static let wire = LineAddress.offset(chip: "fake", line: 1)

    /// One life of the daemon, as far as counters go; the directory stays.
    private final class Life {
        let bank = FakeBank()
        let io: DigitalIO
        let path: DataPath
        let keeper: CounterKeeper
        private let executor = ThreadExecutor(name: "test-counter")
        private var number: UInt32 = 0

        init(_ directory: String, _ time: FlowClock) {
            var configuration = FlowStation.configuration()
            configuration.points = [
                PointDefinition(
                    index: 0, device: "io", id: "water", unit: "m3", source: .board(.counter),
                    scaling: .linear(scale: DecimalNumber(significand: 1, exponent: -2), offset: .zero), kind: .counter)
            ]
            configuration.inputs = [
                InputConfiguration(id: "water", line: LineDescription(address: wire), isCounter: true, point: 0)
            ]
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let ring = ReadingRing()
            let io = DigitalIO(configuration: configuration, bank: bank, sink: ring, logger: logger, time: time)
            self.io = io
            path = DataPath(
                configuration: configuration, directory: directory, boot: .random(), time: time,
                hasBatteryClock: false, maximumClockError: { 1_000 }, executor: executor, logger: logger, ring: ring,
                counts: { io.counts.map { CounterTotal(key: $0.id, value: $0.count) } })
            keeper = CounterKeeper(path: path, io: io, configuration: configuration, logger: logger, time: time)
        }

        func start() async throws {
            await path.recallClock()
            _ = await path.lookAtClock()
            #expect(await path.openStore())
            io.start()
            await keeper.recall()
            try await eventually { !self.io.counts.isEmpty }
        }

        var shown: Int64? { io.status.first?.value }

        func pulse(_ pulses: Int) async throws {
            let before = try #require(io.counts.first).count
            for _ in 0..<pulses {
                number += 1
                bank.edge(wire, to: true, at: BootTime(nanoseconds: 0), number: number)
            }
            try await eventually { self.io.counts.first?.count == before + Int64(pulses) }
        }

        /// The power is gone: nothing is written any more.
        func cut() async {
            await io.stop()
            executor.shutdown()
        }

        private func eventually(_ condition: () -> Bool) async throws {
            let deadline = ContinuousClock.now + .seconds(10)
            while !condition() {
                guard ContinuousClock.now < deadline else { throw CancellationError() }
                try await Task.sleep(for: .milliseconds(1))
            }
        }
    }

    private func inDirectory(_ body: (String, FlowClock) async throws -> Void) async throws {
        let directory = NSTemporaryDirectory() + "dg-counter-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await body(directory, FlowClock())
    }

    @Test func afterNoPowerCutIsATotalBelowOneThatLeftTheBox() async throws {
        try await inDirectory { directory, time in
            var left: Int64 = 0
            for life in 1...4 {
                let box = Life(directory, time)
                try await box.start()
                let begin = try #require(box.shown)
                #expect(begin >= left, "life \(life)")
                try await box.pulse(25)
                time.advance(.seconds(20))
                // A pulse brings the due reading; it goes into a batch, and the batch into the store.
                try await box.pulse(1)
                await box.path.gather()
                time.advance(.seconds(20))
                await box.path.gather()
                #expect(await box.path.storeWaiting() == false)
                left = try await newestTotal(box.path)
                #expect(left >= begin + 25)
                // Counted, and lost with the power: told to nobody.
                try await box.pulse(3)
                await box.cut()
            }
            #expect(left >= 4 * 25)
        }
    }

    @Test func aTotalSetByHandLastsAndSaysSo() async throws {
        try await inDirectory { directory, time in
            try await set(directory, time)
            // Without a batch the pulses of that life are lost, and the correction is not.
            let next = Life(directory, time)
            try await next.start()
            #expect(next.shown == 123_449)
            let record = try #require(await next.path.state.value("water", in: "corrections"))
            #expect(String(decoding: record, as: UTF8.self).hasSuffix("set to 1234.56 by user 1000"))
            await next.cut()
        }
    }

    private func set(_ directory: String, _ time: FlowClock) async throws {
        let box = Life(directory, time)
        try await box.start()
        try await box.pulse(7)
        #expect(await box.keeper.set("water", to: "1234.56", by: "user 1000") == "water is 1234.56 m3 now")
        try await box.pulse(1)
        #expect(box.shown == 123_457)
        await box.cut()
    }

    @Test(
        "What is no total is refused and changes nothing",
        arguments: ["", "-1", "12.345", "a", "1e30", "9999999999999999999"])
    func whatIsNoTotalIsRefused(text: String) async throws {
        try await inDirectory { directory, time in
            let box = Life(directory, time)
            try await box.start()
            try await box.pulse(2)
            #expect(await box.keeper.set("water", to: text, by: "user 0").hasPrefix("error: "))
            #expect(await box.keeper.set("wine", to: "1", by: "user 0").contains("known: water"))
            #expect(await box.path.state.value("water", in: "corrections") == nil)
            #expect(box.shown == 2)
            await box.cut()
        }
    }

    /// The total that the newest stored batch tells.
    private func newestTotal(_ path: DataPath) async throws -> Int64 {
        let key = try #require(await path.source.unacknowledged(by: 0, before: nil, limit: 1).first)
        let batch = try #require(await path.source.batch(key))
        let readings = try BatchEnvelope.decode(batch.bytes).content().readings
        let totals: [Int64] = readings.compactMap { if case .integer(let total)? = $0.sample { total } else { nil } }
        return try #require(totals.max())
    }
}
