import Foundation
import GatewayModel
import GatewayTestSupport
import Logging
import Testing
import ThreadExecutor

@testable import Storage

@Suite struct StateStoreTests {
    private func store(_ station: Station, vfs: String? = nil) -> StateStore {
        StateStore(
            directory: station.directory, time: station.time, executor: station.executor, logger: .silent, vfs: vfs)
    }

    @Test func valuesSurviveARestart() async throws {
        let station = try Station()
        let state = store(station)
        #expect(try await state.open() == nil)
        #expect(await state.set("a", in: "one", to: [1, 2, 3]))
        #expect(await state.set("a", in: "two", to: []))
        #expect(await state.set("b", in: "one", to: [9]))
        #expect(await state.set("b", in: "one", to: nil))
        await state.close()
        let again = store(station)
        try await again.open()
        #expect(await again.value("a", in: "one") == [1, 2, 3])
        #expect(await again.value("a", in: "two") == [])
        #expect(await again.keys(in: "one") == ["a"])
        await again.close()
    }

    @Test func theLastKnownTimeIsWrittenAtMostEveryTenMinutes() async throws {
        let station = try Station()
        let state = store(station)
        try await state.open()
        let start = Station.noon
        await state.noteKnownTime(start)
        for second in 1..<600 { await state.noteKnownTime(start + .seconds(Int64(second))) }
        #expect(await state.lastKnownTime == start)
        await state.noteKnownTime(start + .seconds(600))
        #expect(await state.lastKnownTime == start + .seconds(600))
        await state.noteKnownTime(start + .seconds(30))
        #expect(await state.lastKnownTime == start + .seconds(30))
        await state.close()
    }

    @Test func startsAreCountedAndTheAnchorsOfSixteenBootsKept() async throws {
        let station = try Station()
        var boots: [BootID] = []
        for number in 1...20 as ClosedRange<Int64> {
            let state = store(station)
            try await state.open()
            #expect(await state.countStart() == number)
            // Boot ids in no order, so that only the order of noting can tell the oldest.
            let boot = try #require(BootID(bytes: (0..<16).map { _ in UInt8.random(in: 0...255) }))
            boots.append(boot)
            await state.setAnchor(anchor(number), of: boot)
            await state.setAnchor(anchor(99), of: boot)
            await state.close()
        }
        let state = store(station)
        try await state.open()
        #expect(await state.starts == 20)
        for (index, boot) in boots.enumerated() {
            let expected = index < 4 ? nil : anchor(Int64(index + 1))
            #expect(await state.anchor(of: boot) == expected)
        }
        await state.close()
    }

    @Test func aDamagedFileIsSetAsideAndWhatIsInMemoryGoesIntoTheNewOne() async throws {
        let station = try Station()
        let state = store(station)
        try await state.open()
        await state.set("a", in: "one", to: [1])
        await state.close()
        // With its WAL the file would mend itself.
        try FileManager.default.removeItem(atPath: station.path("state.sqlite-wal"))
        try station.damage("state.sqlite") { $0 = Data(repeating: 3, count: 50_000) }
        let again = store(station)
        await again.set("b", in: "one", to: [2])
        let aside = try await again.open()
        #expect(aside?.name.map { station.fileSize($0) } == 50_000)
        #expect(await again.value("b", in: "one") == [2])
        await again.close()
        let third = store(station)
        #expect(try await third.open() == nil)
        #expect(await third.keys(in: "one") == ["b"])
        await third.close()
    }

    @Test(arguments: [UInt64](1...40))
    func aStateWithNoiseInItAlwaysOpens(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let station = try Station()
        let state = store(station)
        try await state.open()
        for number in 0..<50 { await state.set("\(number)", in: "x", to: [UInt8](repeating: 7, count: 100)) }
        await state.close()
        for name in ["state.sqlite", "state.sqlite-wal"] where Bool.random(using: &generator) {
            try station.damage(name) { bytes in
                for _ in 0..<Int.random(in: 1...40, using: &generator) where !bytes.isEmpty {
                    let at = Int.random(in: 0..<bytes.count, using: &generator)
                    bytes[at] = UInt8.random(in: 0...255, using: &generator)
                }
            }
        }
        let again = store(station)
        try await again.open()
        await again.set("new", in: "y", to: [1])
        #expect(await again.save(), "seed \(seed)")
        await again.close()
    }

    @Test func aFailingDiskIsSurvivedInMemory() async throws {
        let station = try Station(name: "state")
        let disk = FaultyDisk(directory: station.directory)
        let state = store(station, vfs: FaultyDisk.vfsName)
        try await state.open()
        disk.fail(.write(after: 0, forEver: true, code: FaultyDisk.writeError))
        #expect(await state.set("a", in: "one", to: [1]) == false)
        #expect(await state.set("b", in: "one", to: [2]) == false)
        #expect(await state.value("a", in: "one") == [1])
        disk.fail(.none)
        #expect(await state.set("c", in: "one", to: [3]))
        await state.close()
        let again = store(station)
        try await again.open()
        #expect(await again.keys(in: "one") == ["a", "b", "c"])
        await again.close()
    }

    @Test func itIsBounded() async throws {
        let station = try Station()
        let state = store(station)
        try await state.open()
        #expect(await state.set("big", in: "x", to: [UInt8](repeating: 0, count: StateStore.valueLimit + 1)) == false)
        #expect(await state.value("big", in: "x") == nil)
        for number in 0..<40 {
            await state.set("big\(number)", in: "x", to: Station.noise(StateStore.valueLimit))
        }
        #expect(await state.keys(in: "x").count == StateStore.bytesLimit / StateStore.valueLimit - 1)
        let sizes = ["state.sqlite", "state.sqlite-wal"].map { station.fileSize($0) }
        #expect(sizes.reduce(0, +) < 1_400_000)
        await state.close()
    }

    private func anchor(_ number: Int64) -> WallAnchor {
        WallAnchor(bootTime: BootTime(nanoseconds: number), realTime: Station.noon + number, error: number)
    }
}

@Suite struct StateDirectoryTests {
    @Test func theDirectoryIsMadeForItsOwnerOnlyAndLocked() throws {
        let station = try Station()
        let path = station.path("state")
        var directory: StateDirectory? = try StateDirectory.acquire(path)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o700)
        let error = #expect(throws: StateDirectoryError.self) { try StateDirectory.acquire(path) }
        #expect(error == .inUse(path: path, pid: ProcessInfo.processInfo.processIdentifier))
        #expect("\(error!)".hasSuffix("is in use by pid \(ProcessInfo.processInfo.processIdentifier)"))
        #expect(directory?.path == path)
        directory = nil
        _ = try StateDirectory.acquire(path)
    }

    @Test func aDirectoryThatCannotBeMadeIsNamedInTheError() throws {
        let error = #expect(throws: StateDirectoryError.self) { try StateDirectory.acquire("/proc/nowhere/state") }
        #expect("\(error!)".contains("/proc/nowhere/state"))
    }
}
