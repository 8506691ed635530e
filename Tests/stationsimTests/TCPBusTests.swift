import Foundation
import Testing

@testable import stationsim

@Suite(.serialized) struct TCPBusTests {
    private func scenario(framing: String = "tcp", faults: String = "") -> String {
        oneDevice(points: temperature, faults: faults)
            .replacing(
                #"{id: "line", serial: "9600 8N1"}"#, with: #"{id: "line", tcp: "127.0.0.1:0", framing: "\#(framing)"}"#
            )
    }

    private func master(_ station: RunningStation) throws -> RawMaster {
        try #require(RawMaster(port: station.port("line")))
    }

    private func ask(_ master: RawMaster, _ transaction: UInt8, _ unit: UInt8 = 17) -> [UInt8] {
        master.send([0, transaction, 0, 0, 0, 6, unit, 3, 0, 10, 0, 1])
        return master.receive(11, limit: 300_000_000)
    }

    @Test func modbusTCP_isAnsweredUnderItsTransaction() throws {
        let station = try RunningStation(scenario())
        let master = try master(station)
        for transaction in 1...3 as ClosedRange<UInt8> {
            #expect(ask(master, transaction) == [0, transaction, 0, 0, 0, 5, 17, 3, 2, 0, 215])
        }
        #expect(ask(master, 9, 4) == [], "no such unit")
        #expect(try station.values(3).map(\.value) == [21.5, 21.5, 21.5])
    }

    @Test func requestsInPieces_andSeveralAtOnce_areAllAnswered() throws {
        let station = try RunningStation(scenario())
        let master = try master(station)
        let request: [UInt8] = [0, 1, 0, 0, 0, 6, 17, 3, 0, 10, 0, 1]
        for byte in request { master.send([byte]) }
        #expect(master.receive(11).count == 11)
        master.send(request + request + request)
        #expect(master.receive(33).count == 33)
    }

    @Test func rtuFramesOverTCP_carryTheirCRC() throws {
        let station = try RunningStation(scenario(framing: "rtu"))
        let master = try master(station)
        #expect(RawMaster.words(master.ask(17, 3, 10, 1)) == [215])
        master.send([17, 3, 0, 10, 0, 1, 0, 0])
        #expect(master.receive(1, limit: 50_000_000) == [])
        #expect(RawMaster.words(master.ask(17, 3, 10, 1)) == [215])
        #expect(try station.events(1) == ["malformed"])
    }

    @Test func aLateAnswer_keepsItsOwnTransaction() throws {
        let station = try RunningStation(
            scenario(faults: #"{device: "meter", kind: "late", by: "120ms", to: "60ms"}"#))
        let master = try master(station)
        master.send([0, 1, 0, 0, 0, 6, 17, 3, 0, 10, 0, 1])
        usleep(70_000)
        #expect(ask(master, 2).prefix(2) == [0, 2])
        #expect(master.receive(11).prefix(2) == [0, 1])
        #expect(try station.values(1).count == 1)
    }

    @Test func aLostPort_closesConnections_andComesBackAtItsNumber() throws {
        let station = try RunningStation(
            scenario(faults: #"{bus: "line", kind: "port-gone", from: "1s", to: "1300ms"}"#))
        let master = try master(station)
        #expect(ask(master, 1).count == 11)
        let port = try station.port("line")
        #expect(master.receive(1, limit: 3_000_000_000) == [], "closed")
        let events = try station.events(2)
        #expect(events == ["port-gone", "port-back"])
        let again = try #require(RawMaster(port: port))
        #expect(ask(again, 2).count == 11)
    }

    @Test func aBabblingClient_isDropped() throws {
        let station = try RunningStation(scenario())
        let master = try master(station)
        master.send([UInt8](repeating: 0xAA, count: 4000))
        let second = try self.master(station)
        #expect(ask(second, 1).count == 11)
    }
}
