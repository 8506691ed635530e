import DiagnosticShell
import Glibc
import Logging
import Testing

@Suite struct ShellServerTests {
    private let path = "/tmp/dg-shell-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).sock"

    private func withServer(_ body: () async throws -> Void) async throws {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let server = ShellServer(path: path, logger: logger) { words, _ in
            words.first == "echo" ? Array(words.joined(separator: "+").utf8) : nil
        }
        server.start()
        let deadline = ContinuousClock.now + .seconds(5)
        while access(path, F_OK) != 0 && ContinuousClock.now < deadline { await Task.yield() }
        try await body()
        server.stop()
        #expect(access(path, F_OK) != 0, "the socket is removed at stop")
    }

    private func ask(_ line: String) throws -> String {
        // The socket file is there a moment before listen(2): ask again until the server does.
        let deadline = ContinuousClock.now + .seconds(5)
        while true {
            do {
                return String(decoding: try ShellClient.ask(line, at: path), as: UTF8.self)
            } catch {
                if ContinuousClock.now > deadline { throw error }
            }
        }
    }

    @Test func aRequestIsAnsweredWithItsWords() async throws {
        try await withServer {
            let first = try ask("echo a  b")
            #expect(first == "echo+a+b")
            let second = try ask("echo again")
            #expect(second == "echo+again")
        }
    }

    @Test func anUnknownRequestSaysWhatIsKnown() async throws {
        try await withServer {
            let answer = try ask("launch missiles")
            #expect(answer.hasPrefix("error: unknown request; known: status"))
        }
    }

    @Test func aRequestWithoutEndIsDroppedAndTheNextClientServed() async throws {
        try await withServer {
            _ = try ask("echo warm")
            #expect(throws: ShellClient.Failure.self) {
                try ShellClient.ask(String(repeating: "x", count: 4_000), at: path)
            }
            let answer = try ask("echo still here")
            #expect(answer == "echo+still+here")
        }
    }

    @Test func withoutADaemonTheClientSaysSo() {
        let failure = #expect(throws: ShellClient.Failure.self) { try ShellClient.ask("status", at: path) }
        #expect(failure?.description.contains("gatewayd is not running here") == true)
    }
}
