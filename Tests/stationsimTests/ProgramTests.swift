import Foundation
import Testing

@testable import stationsim

/// The built program, started as a person would.
@Suite(.serialized) struct ProgramTests {
    private let directory: String
    private let scenario: String

    init() throws {
        directory = NSTemporaryDirectory() + "stationsim-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        scenario = directory + "/scenario.json5"
        try oneDevice(points: temperature).write(toFile: scenario, atomically: true, encoding: .utf8)
    }

    private func start(_ arguments: [String]) throws -> (Process, Pipe) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("stationsim")
        process.arguments = arguments
        let errors = Pipe()
        process.standardError = errors
        process.standardOutput = errors
        try process.run()
        return (process, errors)
    }

    private func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let (process, pipe) = try start(arguments)
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    @Test func wrongUsage_is64() throws {
        for arguments in [
            [], ["--colour"], [scenario, "--seconds"], [scenario, "--seconds", "-1"], [scenario, scenario],
        ] {
            #expect(try run(arguments).status == 64, "\(arguments)")
        }
        #expect(try run(["--help"]).output.contains("examples:"))
        #expect(try run(["--version"]).output.hasPrefix("stationsim "))
    }

    @Test func aBadScenario_is78_withItsFileAndItsFault() throws {
        let bad = directory + "/bad.json5"
        try "{name: 'x', buses: [{id: 'a', serial: '9600'}], devices: []}".write(
            toFile: bad, atomically: true, encoding: .utf8)
        let (status, output) = try run([bad, "--dir", directory])
        #expect(status == 78)
        #expect(output.hasPrefix("\(bad): error: buses[0].serial: expected baud rate"))
        #expect(try run([directory + "/none.json5"]).status == 78)
    }

    @Test func itsTimeOver_itEndsCleanly_andLeavesNothing() throws {
        let summary = directory + "/summary.json"
        let (status, output) = try run([
            scenario, "--dir", directory + "/d", "--seconds", "0.3", "--summary", summary, "--seed", "5",
        ])
        #expect(status == 0)
        #expect(output.contains("seed 5"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory + "/d") == [])
        let parsed = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: summary)))
        #expect((parsed as? [String: Any])?["buses"] is [Any])
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func aSignal_endsItCleanly(signal: Int32) throws {
        let (process, _) = try start([scenario, "--dir", directory])
        let deadline = Date().addingTimeInterval(5)
        while !FileManager.default.fileExists(atPath: directory + "/line"), Date() < deadline { usleep(10_000) }
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 0)
        #expect((try? FileManager.default.destinationOfSymbolicLink(atPath: directory + "/line")) == nil)
    }

    @Test func aFileInTheWayOfALink_isLeftAlone() throws {
        try "mine".write(toFile: directory + "/line", atomically: true, encoding: .utf8)
        let (status, output) = try run([scenario, "--dir", directory, "--seconds", "1"])
        #expect(status == 74)
        #expect(output.contains("File exists"))
        #expect(try String(contentsOfFile: directory + "/line", encoding: .utf8) == "mine")
    }

    @Test func SIGUSR1_writesTheSummaryWhileItRuns() throws {
        let summary = directory + "/summary.json"
        let (process, _) = try start([scenario, "--dir", directory, "--summary", summary])
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        func wait(_ condition: () -> Bool) -> Bool {
            let deadline = Date().addingTimeInterval(5)
            while !condition(), Date() < deadline { usleep(10_000) }
            return condition()
        }
        let isOpen = wait { FileManager.default.fileExists(atPath: directory + "/line") }
        try #require(isOpen)
        let master = try #require(RawMaster(path: directory + "/line"))
        #expect(master.ask(17, 3, 10, 1).count == 7)
        func requests(after signal: Int32) throws -> Int? {
            try? FileManager.default.removeItem(atPath: summary)
            kill(process.processIdentifier, signal)
            kill(process.processIdentifier, SIGUSR1)
            guard
                wait({
                    (try? JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: summary)))) != nil
                })
            else { return nil }
            let parsed = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: summary)))
            return ((parsed as? [String: Any])?["buses"] as? [[String: Any]])?.first?["requests"] as? Int
        }
        #expect(try requests(after: SIGUSR1) == 1)
        #expect(process.isRunning)
        kill(process.processIdentifier, SIGUSR2)
        var count: Int?
        let isReset = wait {
            count = try? requests(after: SIGUSR1)
            return count == 0
        }
        #expect(isReset, "SIGUSR2 starts the counting afresh")
    }
}
