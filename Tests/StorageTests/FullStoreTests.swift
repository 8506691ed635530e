import Foundation
import GatewayModel
import Testing

@testable import Storage

/// Goal: a full store of the default size is open at once, however many batches are in it. Long: fills 256 MiB first.
@Suite(.enabled(if: SoakSettings.everyFault, "long: FAULTS=all"))
struct FullStoreTests {
    @Test func aFull256MiBStoreIsOpenWithinASecond() async throws {
        let station = try Station(size: 256 << 20, name: "full-size")
        let (outbox, _) = try await station.openAnchored()
        var fill = 0.0
        while fill < 99 {
            station.time.advance(.seconds(10))
            try await outbox.append((0..<16).map { _ in station.batch(bytes: 3700, fill: 0x5a) })
            fill = outbox.status.fillPercent
        }
        let batches = outbox.status.batches
        await outbox.close()
        let again = station.outbox()
        let begin = ContinuousClock.now
        let report = try await again.open()
        let took = ContinuousClock.now - begin
        print("opening a full store of 256 MiB, \(batches) batches: \(took)")
        #expect(report.batches == batches && batches > 50_000)
        #expect(took < .seconds(1))
        await again.close()
    }
}
