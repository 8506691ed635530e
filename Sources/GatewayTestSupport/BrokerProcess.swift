internal import Foundation

/// A program that runs beside a test and ends with it, even when the test process is killed: a shell waits for the end
/// of its standard input, which the kernel closes with the test process, and then kills the program.
package final class BrokerProcess: @unchecked Sendable {
    // @unchecked: everything mutable is touched only with `lock` held.
    private let lock = NSLock()
    private let process = Process()
    private let input = Pipe()
    private var buffer = Data()
    private var outputLines: [String] = []

    /// - Parameter arguments: the program's path and its arguments.
    package init(_ arguments: [String]) throws {
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        let script = #""$@" & child=$!; read line; kill -${line:-KILL} $child; wait $child"#
        process.arguments = ["-c", script, "sh"] + arguments
        process.standardInput = input
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        output.fileHandleForReading.readabilityHandler = { [weak self] handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil } else { self?.take(data) }
        }
        try process.run()
    }

    deinit { end("KILL") }

    private func take(_ data: Data) {
        lock.withLock {
            buffer.append(data)
            while let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                outputLines.append(String(decoding: buffer[buffer.startIndex..<end], as: UTF8.self))
                buffer.removeSubrange(buffer.startIndex...end)
            }
        }
    }

    /// Whole lines of its standard output so far.
    package var lines: [String] { lock.withLock { outputLines } }

    /// Sends the signal (`TERM`, `KILL`, ...) and waits until the program has ended.
    package func end(_ signal: String = "TERM") {
        lock.withLock {
            guard process.isRunning else { return }
            try? input.fileHandleForWriting.write(contentsOf: Data((signal + "\n").utf8))
            process.waitUntilExit()
        }
    }
}
