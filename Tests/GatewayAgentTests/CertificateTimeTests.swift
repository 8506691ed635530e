import CLinux
import Foundation
import GatewayModel
import Logging
import Storage
import Synchronization
import Testing
import ThreadExecutor

@testable import GatewayAgent

/// What certificates are checked at while the clock cannot be believed.
@Suite struct CertificateTimeTests {
    private static let later = Nanoseconds.seconds(1_900_000_000)

    private final class Clock: TimeSource {
        private let real: Mutex<Nanoseconds>
        init(_ real: Nanoseconds) { self.real = Mutex(real) }
        func set(_ new: Nanoseconds) { real.withLock { $0 = new } }
        func realTime() -> Nanoseconds { real.withLock { $0 } }
        func bootTime() -> BootTime { BootTime(nanoseconds: .seconds(50)) }
    }

    private func keeper(
        _ directory: String, _ clock: Clock, _ executor: ThreadExecutor, isSynchronised: Bool = false
    ) -> (ClockKeeper, StateStore) {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let state = StateStore(directory: directory, time: clock, executor: executor, logger: logger)
        let keeper = ClockKeeper(
            state: state, boot: .random(), hasBatteryClock: false, time: clock,
            maximumError: { isSynchronised ? 1_000 : 16_000_000 }, logger: logger)
        return (keeper, state)
    }

    private func inADirectory(_ body: (String, ThreadExecutor) async throws -> Void) async throws {
        let directory = NSTemporaryDirectory() + "dg-clock-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let executor = ThreadExecutor(name: "test-state")
        try await body(directory, executor)
        executor.shutdown()
        try FileManager.default.removeItem(atPath: directory)
    }

    @Test func theBuildIsNoLongerAgoThanThisProjectAndNotInTheFuture() {
        #expect(CLinux_build_time() > 1_780_000_000)
        #expect(CLinux_build_time() < Int64(Date().timeIntervalSince1970))
    }

    @Test func aClockIn1970CountsAsTheDayOfTheBuildAndLaterAsTheLastKnownTime() async throws {
        try await inADirectory { directory, executor in
            let clock = Clock(0)
            let (first, state) = keeper(directory, clock, executor)
            #expect(first.certificateTime == .seconds(CLinux_build_time()))
            _ = await first.recall()
            #expect(first.certificateTime == .seconds(CLinux_build_time()), "nothing is known yet")
            await state.noteKnownTime(Self.later)
            await state.close()

            let (second, again) = keeper(directory, clock, executor)
            _ = await second.recall()
            #expect(second.certificateTime == Self.later, "a later boot, and still no time service")
            clock.set(Self.later + .seconds(1_000))
            #expect(second.certificateTime == Self.later + .seconds(1_000), "the clock, where it is later")
            await again.close()
        }
    }

    @Test func aTrustedClockCountsAsItIs() async throws {
        try await inADirectory { directory, executor in
            let clock = Clock(Self.later)
            let (keeper, state) = keeper(directory, clock, executor, isSynchronised: true)
            _ = await keeper.recall()
            _ = await keeper.look()
            #expect(keeper.certificateTime == Self.later)
            // A step of the clock afterwards does not move what is known.
            clock.set(0)
            #expect(keeper.certificateTime == Self.later)
            await state.close()
        }
    }
}
