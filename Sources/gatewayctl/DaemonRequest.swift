import ArgumentParser
import DiagnosticShell
import Foundation

/// One question to the running daemon.
enum DaemonRequest {
    static func path(stateDir: String?) -> String { stateDir.map { "\($0)/shell.sock" } ?? "/run/gatewayd/shell.sock" }

    /// Tells on stderr what went wrong and throws the exit status: 69 nobody answers, 65 the daemon refuses.
    static func ask(_ line: String, stateDir: String?) throws -> [UInt8] {
        let answer: [UInt8]
        do {
            answer = try ShellClient.ask(line, at: path(stateDir: stateDir))
        } catch {
            StandardError.write("gatewayctl: \(error)")
            throw ExitStatus.unavailable
        }
        if answer.starts(with: Array("error: ".utf8)) {
            StandardError.write("gatewayctl: " + String(decoding: answer.dropFirst(7).dropLast(), as: UTF8.self))
            throw ExitStatus.data
        }
        return answer
    }
}
