import Foundation
import GatewayModel
import Testing

@testable import Storage

/// Goal: what a WAL hides is got out of it only where it is newer than what the file shows. Method: the power goes while
/// the WAL is begun anew; of each frame, header and page reach the disk or do not.
@Suite struct TornStateTests {
    private static let keys = (10..<50).map { "k\($0)" }

    private func values(_ mark: UInt8) -> [(key: String, value: [UInt8]?)] {
        Self.keys.map { ($0, [mark] + Station.noise(199)) }
    }

    private func marks(_ state: StateStore) async -> [UInt8?] {
        var marks: [UInt8?] = []
        for key in Self.keys { marks.append(await state.value(key, in: "x")?.first) }
        return marks
    }

    /// Values 3 are stored; values 10 were being stored when the power went. `spoil` gets the WAL from before and the one
    /// from then, in which all of the attempt is, and the place of its last frame.
    private func store(
        _ station: Station, spoil: (_ before: Data, _ log: inout Data, _ last: Int) -> Void
    ) async throws -> StateStore {
        let first = station.state(at: station.directory)
        try await first.open()
        for mark in 0...3 as ClosedRange<UInt8> { await first.set(values(mark), in: "x") }
        await first.close()
        let log = station.path("state.sqlite-wal")
        let before = try Data(contentsOf: URL(fileURLWithPath: log))
        let second = station.state(at: station.directory)
        try await second.open()
        await second.set(values(10), in: "x")
        let torn = try cut(station, from: station.directory, to: station.path("torn"))
        await second.close()
        let last = try #require(PageFile(path: nil, log: station.path("torn/state.sqlite-wal")).frames.last)
        try Station.damage(station.path("torn/state.sqlite-wal")) { spoil(before, &$0, last.offset - 24) }
        return torn
    }

    /// As the power leaves it: both files as they are.
    private func cut(_ station: Station, from directory: String, to target: String) throws -> StateStore {
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        for file in ["state.sqlite", "state.sqlite-wal"] {
            try FileManager.default.copyItem(atPath: "\(directory)/\(file)", toPath: "\(target)/\(file)")
        }
        return station.state(at: target)
    }

    /// SQLite takes such a WAL to be empty and would go on under the same salts: frames of the attempt would stay behind
    /// those of later commits.
    @Test func anOldValueBehindATornFrameIsNeverTakenForANewerOne() async throws {
        let station = try Station(name: "torn")
        let third = try await store(station) { _, log, last in
            for frame in stride(from: 32, to: last, by: 1048) {
                log.replaceSubrange((frame + 24)..<(frame + 1048), with: Data(count: 1024))
            }
        }
        try await third.open()
        let attempted = await marks(third).filter { $0 == 10 }.count
        #expect(1..<20 ~= attempted, "\(attempted) values of the attempt could be read")
        await third.set(zip(values(20), await marks(third)).filter { $1 == 10 }.map(\.0), in: "x")
        let fourth = try cut(station, from: station.path("torn"), to: station.path("later"))
        let expected = await marks(third)
        #expect(expected.filter { $0 == 20 }.count == attempted)
        await third.close()
        try await fourth.open()
        #expect(await marks(fourth) == expected)
        await fourth.close()
    }

    @Test func aPageOfAnEarlierGenerationUnderANewHeaderIsNotBelieved() async throws {
        let station = try Station(name: "torn")
        let third = try await store(station) { before, log, last in
            for frame in stride(from: 32, through: last, by: 1048) {
                let page = (frame + 24)..<(frame + 1048)
                log.replaceSubrange(page, with: before.subdata(in: page))
            }
        }
        try await third.open()
        #expect(await marks(third).allSatisfy { $0 == 3 })
        await third.close()
    }
}
