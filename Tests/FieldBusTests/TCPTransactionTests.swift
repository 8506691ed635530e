import FieldBus
import GatewayModel
import Glibc
import Synchronization
import Testing

@testable import FieldBus

@Suite(.serialized) struct TCPTransactionTests {
    private func modbusTCP(_ port: UInt16) -> TestLine { TestLine(.modbusTCP(host: "127.0.0.1", port: port)) }

    @Test(arguments: RegisterTable.allCases) func everyFunctionIsRead(table: RegisterTable) async throws {
        let server = TCPMeter { bytes, _ in [.init(bytes: TCPRequest(bytes)?.answer { UInt16($0 & 1) } ?? [])] }
        let line = modbusTCP(server.port)
        for _ in 0..<3 {
            let answer = try await line.ask(255, table, at: 10, count: 11)
            let expected = MeterRequest(body: [255, table.readFunction, 0, 10, 0, 11]).data { UInt16($0 & 1) }
            #expect(answer.outcome == .values(expected))
        }
        #expect(server.connections == 1)
        await line.end()
        server.stop()
    }

    @Test func anExceptionIsTold_andTheConnectionStays() async throws {
        let server = TCPMeter { bytes, _ in [.init(bytes: TCPRequest(bytes)?.exception(2) ?? [])] }
        let line = modbusTCP(server.port)
        #expect(try await line.ask(1, at: 0, count: 50).outcome == .exception(2))
        #expect(try await line.ask(1, at: 0, count: 50).outcome == .exception(2))
        #expect(server.connections == 1)
        await line.end()
        server.stop()
    }

    @Test func aLongAnswerInManyPiecesIsRead() async throws {
        let server = TCPMeter { bytes, _ in
            let answer = TCPRequest(bytes)?.answer { UInt16($0) } ?? []
            return stride(from: 0, to: answer.count, by: 40).map {
                .init(bytes: Array(answer[$0..<min($0 + 40, answer.count)]), delay: 2_000_000)
            }
        }
        let line = modbusTCP(server.port)
        let answer = try await line.ask(1, at: 7, count: 125)
        #expect(answer.outcome == .values((7..<132).flatMap { [UInt8(0), UInt8($0)] }))
        await line.end()
        server.stop()
    }

    @Test func anAnswerOfAnotherTransactionOrUnitIsPassedOver() async throws {
        let server = TCPMeter { bytes, _ in
            guard let request = TCPRequest(bytes) else { return [] }
            let wrong =
                request.body.address == 0
                ? request.answer(transaction: request.transaction &- 1) { _ in 0xDEAD }
                : request.answer(unit: request.body.unit + 1) { _ in 0xDEAD }
            let right = request.answer { UInt16($0) }
            return [.init(bytes: wrong)] + (request.body.address < 2 ? [.init(bytes: right, delay: 5_000_000)] : [])
        }
        let line = modbusTCP(server.port)
        #expect(try await line.ask(1, at: 0).outcome == .values([0, 0]))
        #expect(try await line.ask(1, at: 1).outcome == .values([0, 1]))
        #expect(server.connections == 1)
        #expect(try await line.ask(1, at: 2, timeout: .milliseconds(100)).outcome == .wrongAnswer)
        await line.end()
        server.stop()
    }

    @Test func aHeaderThatMakesNoSenseIsWrong() async throws {
        let server = TCPMeter { bytes, _ in
            guard let request = TCPRequest(bytes) else { return [] }
            var answer = request.answer { UInt16($0) }
            switch request.body.address {
            case 0: answer[2] = 1
            case 1: answer[5] += 1
            case 2: answer[5] -= 1
            default: answer[4] = 0xFF
            }
            return [.init(bytes: answer + [0])]
        }
        let line = modbusTCP(server.port)
        for address in 0..<4 {
            let outcome = try await line.ask(1, at: UInt16(address)).outcome
            #expect(outcome == .wrongAnswer || outcome == .shortFrame, "\(address): \(outcome)")
        }
        await line.end()
        server.stop()
    }

    @Test func afterATimeoutTheConnectionIsMadeAnew_soThatALateAnswerGoesNowhere() async throws {
        let server = TCPMeter { bytes, connection in
            guard let request = TCPRequest(bytes) else { return [] }
            return [.init(bytes: request.answer { UInt16($0) }, delay: connection == 1 ? 150_000_000 : 0)]
        }
        let line = modbusTCP(server.port)
        #expect(try await line.ask(1, at: 5, timeout: .milliseconds(40)).outcome == .noReply)
        #expect(try await line.ask(1, at: 6, timeout: .milliseconds(500)).outcome == .values([0, 6]))
        #expect(server.connections == 2)
        await line.end()
        server.stop()
    }

    @Test func rtuFramesGoOverTCPToo() async throws {
        let server = TCPMeter { bytes, _ in
            guard let request = MeterRequest(rtu: bytes) else { return [] }
            switch request.address {
            case 0: return [.init(bytes: request.answer { UInt16($0) })]
            case 1: return [.init(bytes: request.exception(3))]
            case 2: return [.init(bytes: Array(request.answer { UInt16($0) }.reversed()))]
            default: return []
            }
        }
        let line = TestLine(.rtuOverTCP(host: "localhost", port: server.port))
        #expect(try await line.ask(3, at: 0, count: 4).outcome == .values([0, 0, 0, 1, 0, 2, 0, 3]))
        #expect(try await line.ask(3, at: 1, count: 4).outcome == .exception(3))
        #expect(try await line.ask(3, at: 2, count: 4).outcome == .checksum)
        #expect(try await line.ask(3, at: 3, count: 4, timeout: .milliseconds(50)).outcome == .noReply)
        #expect(try await line.ask(3, at: 0, count: 1).outcome == .values([0, 0]))
        #expect(server.connections >= 2)
        await line.end()
        server.stop()
    }

    @Test func nobodyListening_isARefusalThatNamesTheAddress() async throws {
        let line = TestLine(.modbusTCP(host: "127.0.0.1", port: 1))
        do {
            _ = try await line.ask(1, at: 0)
            Issue.record("connected")
        } catch let TCPConnection.Failure.refused(reason) {
            #expect(reason.description.contains("127.0.0.1:1"))
            #expect(reason.description.contains("refused"))
        }
        await line.end()
    }
}

/// The worker on a connection.
@Suite(.serialized) struct TCPBusTests {
    @Test func aServerThatComesBackIsPolledAgain() async throws {
        var server: TCPMeter? = TCPMeter { bytes, _ in [.init(bytes: TCPRequest(bytes)?.answer { _ in 1 } ?? [])] }
        let port = try #require(server?.port)
        var station = TestStation(.modbusTCP(host: "127.0.0.1", port: port))
        station.add(unit: 1, points: [.init(address: 0, period: .every(.milliseconds(50)))])
        let sink = CollectingSink()
        let worker = station.worker(sink)
        worker.start()
        #expect(await sink.wait { $0.count >= 3 })
        server?.stop()
        server = nil
        #expect(await eventually { worker.status.state == .portLost })
        #expect(worker.status.portError?.contains("127.0.0.1") == true)
        let second = TCPMeter(port: port) { bytes, _ in [.init(bytes: TCPRequest(bytes)?.answer { _ in 2 } ?? [])] }
        #expect(await sink.wait { $0.last?.sample == .integer(2) })
        await worker.stop()
        second.stop()
        #expect(sink.readings.count { $0.quality == .portLost } == 1)
    }

    @Test func aConnectionThatWasDroppedBetweenRequestsCostsNoReading() async throws {
        // As converters do with connections that were idle.
        let server = TCPMeter { bytes, _ in [.init(bytes: TCPRequest(bytes)?.answer { _ in 1 } ?? [], closes: true)] }
        var station = TestStation(.modbusTCP(host: "127.0.0.1", port: server.port))
        station.add(unit: 1, points: [.init(address: 0, period: .every(.milliseconds(30)))])
        let sink = CollectingSink()
        let worker = station.worker(sink)
        worker.start()
        #expect(await sink.wait { $0.count >= 10 })
        await worker.stop()
        server.stop()
        #expect(sink.readings.allSatisfy { $0.quality == .good })
        #expect(server.connections >= 9)
    }

    @Test func aUnitThatTheServerHangsUpOn_harmsNoOther() async throws {
        let server = TCPMeter { bytes, _ in
            guard let request = TCPRequest(bytes), request.body.unit == 1 else { return [.init(closes: true)] }
            return [.init(bytes: request.answer { _ in 1 })]
        }
        var station = TestStation(.modbusTCP(host: "127.0.0.1", port: server.port))
        for unit in 1...2 as ClosedRange<UInt8> {
            station.add(unit: unit, points: [.init(address: 0, period: .every(.milliseconds(30)))])
        }
        let sink = CollectingSink()
        let worker = station.worker(sink)
        worker.start()
        #expect(await eventually { if case .silent = worker.status.devices[1].state { true } else { false } })
        let before = sink.readings(of: 0).count
        #expect(await eventually { sink.readings(of: 0).count >= before + 10 })
        await worker.stop()
        server.stop()
        #expect(sink.readings(of: 0).allSatisfy { $0.quality == .good })
        #expect(Set(sink.readings(of: 1).map(\.quality)) == [.noReply])
    }

    @Test func aUnitThatTheServerHangsUpOn_keepsNobodyAwayAfterAnOutage() async throws {
        let script: TCPMeter.Script = { bytes, _ in
            guard let request = TCPRequest(bytes), request.body.unit == 2 else { return [.init(closes: true)] }
            return [.init(bytes: request.answer { _ in 1 })]
        }
        var server: TCPMeter? = TCPMeter(script)
        let port = try #require(server?.port)
        server?.stop()
        server = nil
        var station = TestStation(.modbusTCP(host: "127.0.0.1", port: port))
        for unit in 1...2 as ClosedRange<UInt8> {
            station.add(unit: unit, points: [.init(address: 0, period: .every(.milliseconds(30)))])
        }
        let sink = CollectingSink()
        let worker = station.worker(sink)
        worker.start()
        #expect(await eventually { worker.status.state == .portLost })
        let second = TCPMeter(port: port, script)
        #expect(await eventually { sink.readings(of: 1).count { $0.quality == .good } >= 5 })
        await worker.stop()
        second.stop()
    }

    @Test func aServerThatRefusesForAMomentAfterATimeout_isNotLost() async throws {
        // After a timeout it drops its connections and listens again only when it has refused some.
        let requests = Atomic(0)
        var server: TCPMeter? = TCPMeter { bytes, _ in
            let number = requests.wrappingAdd(1, ordering: .relaxed).newValue
            return number == 5 ? [] : [.init(bytes: TCPRequest(bytes)?.answer { _ in 1 } ?? [])]
        }
        let port = try #require(server?.port)
        var station = TestStation(.modbusTCP(host: "127.0.0.1", port: port), timeout: .milliseconds(400))
        station.add(unit: 1, points: [.init(address: 0, period: .every(.milliseconds(30)))])
        let sink = CollectingSink()
        let worker = station.worker(sink)
        worker.start()
        #expect(await sink.wait { $0.contains { $0.quality == .noReply } })
        server?.stop()
        server = nil
        // Each round of the worker without a link is one refused attempt.
        let stopped = worker.lastProgress
        #expect(await eventually { worker.lastProgress > stopped })
        let refused = worker.lastProgress
        #expect(await eventually { worker.lastProgress > refused })
        let second = TCPMeter(port: port) { bytes, _ in [.init(bytes: TCPRequest(bytes)?.answer { _ in 2 } ?? [])] }
        #expect(await sink.wait { $0.last?.sample == .integer(2) })
        await worker.stop()
        second.stop()
        #expect(!sink.readings.contains { $0.quality == .portLost })
    }
}
