import Foundation
import Glibc
import Testing

@testable import stationsim

/// Devices that break the rules of the line, and second masters.
@Suite(.serialized) struct SickDeviceTests {
    @Test func twoDevicesOnOneAddress_talkOverEachOther() throws {
        let station = try RunningStation(
            #"""
            {name: "t", buses: [{id: "line", serial: "9600 8N1"}],
             devices: [{id: "one", bus: "line", unit: 5, turnaround: {typical: "9ms", jitter: "3ms"},
                        points: [{point: "a", address: 0, signal: 1234}]},
                       {id: "two", bus: "line", unit: 5, shares_unit: true, turnaround: {typical: "9ms", jitter: "3ms"},
                        points: [{point: "a", address: 0, signal: 4321}]}]}
            """#)
        let master = try station.master()
        var (sound, garbage) = (0, 0)
        for _ in 0..<20 {
            usleep(15_000)
            master.send(RawMaster.request(5, 3, 0, 1))
            let bytes = master.receive(20, limit: 200_000_000)
            #expect(!bytes.isEmpty)
            if RawMaster.isSound(bytes) { sound += 1 } else { garbage += 1 }
        }
        #expect(garbage >= 15, "\(sound) sound, \(garbage) not")
        #expect(try station.events(30).filter { $0 == "collision" }.count >= 30)
    }

    @Test func aThief_answersForAnotherUnit() throws {
        let station = try RunningStation(
            oneDevice(points: temperature, faults: #"{device: "meter", kind: "steal", units: [40]}"#))
        let master = try station.master()
        let frame = master.ask(40, 3, 10, 1)
        #expect(frame.first == 40 && RawMaster.words(frame) == [215])
        RawMaster.pause()
        #expect(master.ask(17, 3, 10, 1).first == 17)
        #expect(try station.events(1) == ["stolen"])
        #expect(try station.values(1).count == 1)
    }

    @Test func aBabbler_sendsUnasked_andIntoTheFramesOfOthers() throws {
        let station = try RunningStation(
            #"""
            {name: "t", buses: [{id: "line", serial: "9600 8N1"}],
             devices: [{id: "meter", bus: "line", unit: 17, turnaround: "4ms", readable: {holding: [[0, 99]]}},
                       {id: "mad", bus: "line", unit: 9, readable: {holding: [[0, 9]]}}],
             faults: [{device: "mad", kind: "babble", every: "40ms", bytes: 10}]}
            """#)
        let master = try station.master()
        #expect(master.receive(20, quiet: 500_000_000).count == 20)
        var bad = 0
        for _ in 0..<6 where !RawMaster.isSound(master.ask(17, 3, 0, 90, limit: 300_000_000)) { bad += 1 }
        #expect(bad >= 4)
        let events = try station.events(6)
        #expect(events.contains("babble") && (events.contains("collision") || events.contains("unheard")))
    }

    @Test func aSecondMastersRequestsAndAnswers_areHeardAtThePort() throws {
        let station = try RunningStation(
            oneDevice(
                lineOptions: #", masters: [{id: "plc", every: "60ms", requests: [{unit: 17, address: 10, count: 1}]}]"#,
                points: temperature))
        let master = try station.master()
        let bytes = master.receive(45, quiet: 500_000_000)
        let request = RawMaster.request(17, 3, 10, 1)
        let body: [UInt8] = [17, 3, 2, 0, 215]
        let exchange = request + body + RawMaster.crc(body)
        // The port may have been opened in the middle of the first.
        let first = try #require(bytes.indices.first { bytes.dropFirst($0).prefix(15).elementsEqual(exchange) })
        #expect(bytes.dropFirst(first + 15).prefix(15).elementsEqual(exchange))
        let served = try station.values(2)
        #expect(served.allSatisfy { $0.value == 21.5 && $0.master == "plc" })
        #expect(station.simulation.meters[0].summary().contains(#""requests":0"#), "not the port's")
    }

    @Test func aSecondMaster_collidesWithThePort() throws {
        let station = try RunningStation(
            oneDevice(
                lineOptions: #", masters: [{id: "plc", every: "45ms", requests: [{unit: 17, address: 10, count: 1}]}]"#,
                points: temperature, extra: ", readable: {holding: [[20, 99]]}"))
        let master = try station.master()
        var bad = 0
        for _ in 0..<10 {
            usleep(7_000)
            if !RawMaster.isSound(master.ask(17, 3, 20, 60, limit: 200_000_000)) { bad += 1 }
        }
        #expect(bad >= 5, "\(bad) of 10")
        #expect(try station.events(3).contains { $0 == "collision" || $0 == "unheard" || $0 == "busy" })
    }

    @Test func aSecondMastersWholeFrames_goOutAsTheyStand() throws {
        let station = try RunningStation(
            oneDevice(
                lineOptions: #", masters: [{id: "plc", every: "50ms", requests: ["68 AA 16"]}]"#, points: temperature))
        #expect(try station.master().receive(6, quiet: 500_000_000).suffix(3) == [0x68, 0xAA, 0x16])
    }
}
