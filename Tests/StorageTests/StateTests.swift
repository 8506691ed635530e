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

    @Test func manyValuesAreOneTransaction_andWhatDoesNotFitIsLeftOut() async throws {
        let station = try Station()
        let state = store(station)
        try await state.open()
        let before = state.bytesInWAL(station)
        let changes = (0..<80).map { (key: "meter-\($0)", value: [UInt8](repeating: 7, count: 100) as [UInt8]?) }
        #expect(await state.set(changes, in: "learnt"))
        // 80 times 100 bytes and their keys fill a few pages, each of them written once.
        #expect(state.bytesInWAL(station) - before < 40_000)
        let tooLarge = [(key: "x", value: [UInt8](repeating: 0, count: 20_000) as [UInt8]?), (key: "y", value: [1])]
        #expect(await !state.set(tooLarge, in: "learnt"))
        await state.close()
        let again = store(station)
        try await again.open()
        #expect(await again.keys(in: "learnt").count == 81)
        #expect(await again.value("y", in: "learnt") == [1])
        #expect(await again.value("x", in: "learnt") == nil)
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

    /// SQLite calls the file sound (library facts 4.6).
    @Test func aFlippedBitInAValueIsFoundAndOnlyThatValueIsDropped() async throws {
        let station = try Station()
        let state = store(station)
        try await state.open()
        for number in 0..<20 { await state.set("\(number)", in: "x", to: [UInt8](repeating: 0x5a, count: 200)) }
        await state.close()
        try FileManager.default.removeItem(atPath: station.path("state.sqlite-wal"))
        try station.damage("state.sqlite") { bytes in
            guard let run = bytes.range(of: Data(repeating: 0x5a, count: 200)) else { return }
            bytes[run.lowerBound + 100] ^= 4
        }
        let again = store(station)
        #expect(try await again.open() == nil)
        #expect(await again.damagedValues == 1)
        #expect(await again.keys(in: "x").count == 19)
        await again.close()
        let third = store(station)
        #expect(try await third.open() == nil)
        #expect(await third.damagedValues == 0)
        await third.close()
    }

    @Test(arguments: ["state.sqlite", "state.sqlite-wal"])
    func aDamagedPageCostsAtMostAFewValuesAndNeverGivesAWrongOne(name: String) async throws {
        var generator = SeededGenerator(seed: SoakSettings.seed)
        let station = try Station(name: "state")
        let state = store(station)
        try await state.open()
        var values: [String: [UInt8]] = [:]
        for number in 0..<120 {
            let value = generator.bytes(Int.random(in: 0..<400, using: &generator))
            values["k\(number)"] = value
            await state.set("k\(number)", in: "x", to: value)
        }
        try station.copy(["state.sqlite", "state.sqlite-wal"], to: station.path("image"))
        await state.close()
        let pages = Int(station.fileSize("image/\(name)")) / 1024
        let step = SoakSettings.everyFault ? 1 : 3
        var tally = (pages: 0, setAside: 0, lost: 0)
        for page in stride(from: Int(SoakSettings.seed) % step, to: pages, by: step) {
            let directory = station.path("page")
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            for file in ["state.sqlite", "state.sqlite-wal"] {
                try FileManager.default.copyItem(atPath: station.path("image/\(file)"), toPath: "\(directory)/\(file)")
            }
            try Station.damage("\(directory)/\(name)") { bytes in
                for _ in 0..<[1, 3, 50][Int.random(in: 0..<3, using: &generator)] {
                    let at = page * 1024 + Int.random(in: 0..<1024, using: &generator)
                    if at < bytes.count { bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator) }
                }
            }
            let again = StateStore(
                directory: directory, time: station.time, executor: station.executor, logger: .silent)
            if try await again.open() != nil { tally.setAside += 1 }
            for (key, value) in values {
                let found = await again.value(key, in: "x")
                if found == nil { tally.lost += 1 }
                #expect(found == nil || found == value, "SEED=\(SoakSettings.seed) \(name) page \(page) \(key)")
            }
            await again.set("new", in: "y", to: [1])
            #expect(await again.save(), "SEED=\(SoakSettings.seed) \(name) page \(page)")
            await again.close()
            tally.pages += 1
            try FileManager.default.removeItem(atPath: directory)
        }
        print(
            "bit flips in \(name), SEED=\(SoakSettings.seed): \(tally.pages) pages, \(tally.setAside) times set aside,",
            "\(tally.lost) of \(tally.pages * values.count) values lost, 0 wrong")
        #expect(tally.pages > 3)
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

extension StateStore {
    fileprivate nonisolated func bytesInWAL(_ station: Station) -> Int {
        let path = "\(station.directory)/state.sqlite-wal"
        return (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
    }
}
