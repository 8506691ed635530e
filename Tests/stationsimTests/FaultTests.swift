import Foundation
import Glibc
import Testing

@testable import stationsim

/// Every scripted fault as a raw master meets it, and as the truth log tells it.
@Suite(.serialized) struct FaultTests {
    private func station(_ fault: String, extra: String = "") throws -> RunningStation {
        try RunningStation(oneDevice(points: temperature, extra: extra, faults: fault))
    }

    private func meter(_ kind: String) -> String { #"{device: "meter", kind: \#(kind)}"# }

    @Test func aDeadDevice_isSilent() throws {
        let station = try station(meter(#""dead""#))
        #expect(try station.master().ask(17, 3, 10, 1, limit: 80_000_000) == [])
        #expect(try station.events(1) == ["dead"])
        #expect(try station.values(0).isEmpty)
    }

    @Test func aLateAnswer_comesAfterTheMasterGaveUp_andServesNothing() throws {
        let station = try station(meter(#""late", by: "150ms""#))
        let master = try station.master()
        #expect(master.ask(17, 3, 10, 1, limit: 100_000_000) == [])
        #expect(RawMaster.words(master.receive(7)) == [215])
        #expect(try station.events(1) == ["late"])
        #expect(try station.values(0).isEmpty)
    }

    @Test func anAnswerLateWithinTheTimeout_isServed() throws {
        let station = try station(meter(#""late", by: "50ms", served: true"#))
        let start = RawMaster.now()
        #expect(RawMaster.words(try station.master().ask(17, 3, 10, 1)) == [215])
        #expect(RawMaster.now() - start > 60_000_000)
        #expect(try station.values(1).map(\.value) == [21.5])
    }

    @Test func aCRCError_isWrongInItsLastBytesOnly() throws {
        let station = try station(meter(#""crc""#))
        let frame = try station.master().ask(17, 3, 10, 1)
        #expect(frame.prefix(5) == [17, 3, 2, 0, 215])
        #expect(frame.count == 7 && !RawMaster.isSound(frame))
        #expect(try station.events(1) == ["crc"])
        #expect(try station.values(0).isEmpty)
    }

    @Test func oneInFour_isAboutAQuarter() throws {
        let station = try RunningStation(
            oneDevice(points: temperature, faults: meter(#""crc", one_in: 4"#)), fast: true, seed: 11)
        let master = try station.master()
        let bad = (0..<400).filter { _ in !RawMaster.isSound(master.ask(17, 3, 10, 1)) }.count
        #expect((60...145).contains(bad), "\(bad) of 400")
        #expect(try station.events(bad).count == bad)
        #expect(try station.values(400 - bad).count == 400 - bad)
    }

    @Test func aWrongUnit_isASoundFrameOfSomebodyElse() throws {
        let station = try station(meter(#""wrong-unit""#))
        let frame = try station.master().ask(17, 3, 10, 1)
        #expect(RawMaster.isSound(frame) && frame.first == 18)
        #expect(try station.events(1) == ["wrong-unit"])
    }

    @Test func aShortAnswer_endsEarly() throws {
        let station = try station(meter(#""short", bytes: 3"#))
        #expect(try station.master().ask(17, 3, 10, 1) == [17, 3, 2, 0])
        #expect(try station.events(1) == ["short"])
    }

    @Test func noiseAroundAnAnswer_leavesTheFrameWhole_andTheTruthDoubtful() throws {
        let station = try station(meter(#""noise", before: 2, after: 3"#))
        let master = try station.master()
        master.send(RawMaster.request(17, 3, 10, 1))
        let bytes = master.receive(12)
        #expect(bytes.count == 12)
        #expect(RawMaster.words(Array(bytes[2..<9])) == [215])
        #expect(try station.values(1).map(\.doubtful) == [true])
        #expect(try station.events(1) == ["noise"])
    }

    @Test func noiseOnAnIdleLine_comesUnasked() throws {
        let station = try station(#"{bus: "line", kind: "noise", every: "30ms", bytes: 4}"#)
        #expect(try station.master().receive(12, quiet: 500_000_000).count >= 12)
        #expect(try station.events(3).allSatisfy { $0 == "noise" })
    }

    @Test func anException_hitsThePointItNames() throws {
        let fault = meter(#""exception", code: 4, point: "t""#)
        let station = try station(fault, extra: ", readable: {holding: [[0, 20]]}")
        let master = try station.master()
        #expect(master.ask(17, 3, 8, 4).prefix(3) == [17, 0x83, 4])
        RawMaster.pause()
        #expect(RawMaster.words(master.ask(17, 3, 11, 2)) == [0, 0])
        #expect(try station.truth().compactMap(\.code) == [4])
    }

    @Test func fixedWords_meanNothingToTheTruth() throws {
        let station = try station(meter(#""words", point: "t", words: [65535]"#))
        #expect(RawMaster.words(try station.master().ask(17, 3, 10, 1)) == [0xFFFF])
        let entry = try #require(try station.values(1).first)
        #expect(entry.value == nil && entry.raw == "ffff")
    }

    @Test func aLostPort_hangsUp_andComesBackUnderItsName() throws {
        let station = try station(#"{bus: "line", kind: "port-gone", from: "1s", to: "1300ms"}"#)
        let link = "\(station.directory)/line"
        let master = try station.master()
        #expect(master.ask(17, 3, 10, 1).count == 7)
        var byte: UInt8 = 0
        try wait("a hang-up") { read(master.descriptor, &byte, 1) == 0 || (errno != EAGAIN && errno != EINTR) }
        #expect((try? FileManager.default.destinationOfSymbolicLink(atPath: link)) == nil)
        try wait("a new port") { (try? FileManager.default.destinationOfSymbolicLink(atPath: link)) != nil }
        #expect(try station.master().ask(17, 3, 10, 1).count == 7)
        #expect(try station.events(2) == ["port-gone", "port-back"])
    }

    @Test func aRequestDuringAnAnswer_spoilsBoth() throws {
        let points = (0..<30).map { #"{point: "p\#($0)", address: \#($0), signal: 1}"# }.joined(separator: ",")
        let station = try RunningStation(oneDevice(points: points))
        let master = try station.master()
        master.send(RawMaster.request(17, 3, 0, 30))
        let first = master.receive(1)
        master.send(RawMaster.request(17, 3, 0, 1))
        let rest = master.receive(65 - first.count + 7)
        #expect((first + rest).count < 65, "the port is deaf while it sends, and the second request gets no answer")
        #expect(!RawMaster.isSound(first + rest))
        #expect(try station.events(2).filter { $0 == "collision" }.count == 2)
        #expect(try station.values(0).isEmpty)
    }

    @Test func aLateAnswer_collidesWithTheNextDevices() throws {
        let scenario = #"""
            {name: "t", buses: [{id: "line", serial: "9600 8N1"}],
             devices: [{id: "slow", bus: "line", unit: 1, turnaround: "4ms",
                        points: [{point: "a", address: 0, signal: 1}]},
                       {id: "next", bus: "line", unit: 2, turnaround: "4ms", readable: {holding: [[0, 59]]}}],
             faults: [{device: "slow", kind: "late", by: "80ms"}]}
            """#
        let station = try RunningStation(scenario)
        let master = try station.master()
        #expect(master.ask(1, 3, 0, 1, limit: 30_000_000) == [])
        let frame = master.ask(2, 3, 0, 60)
        #expect(!RawMaster.isSound(frame))
        #expect(try station.events(2).allSatisfy { $0 == "collision" })
    }

    private func wait(_ what: Comment, _ condition: () -> Bool) throws {
        let deadline = RawMaster.now() + 3_000_000_000
        while !condition() {
            guard RawMaster.now() < deadline else {
                Issue.record(what)
                return
            }
            usleep(5_000)
        }
    }
}
