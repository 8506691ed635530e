import Foundation
import GatewayModel

@testable import Telemetry

/// Scripts/decode_batch.py, run as a program.
struct PythonDecoder {
    static let script = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Scripts/decode_batch.py")

    /// One line of JSON per batch; nil: it refused.
    static func decode(_ batches: [(dictionary: [UInt8], batch: [UInt8])]) throws -> [String?] {
        let directory = FileManager.default.temporaryDirectory.appending(path: "decode-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        // One interpreter for all: starting one takes longer than decoding.
        let driver = directory.appending(path: "driver.py")
        try Data(
            """
            import importlib.util, sys
            spec = importlib.util.spec_from_file_location("decode_batch", sys.argv[1])
            module = importlib.util.module_from_spec(spec)
            sys.dont_write_bytecode = True
            spec.loader.exec_module(module)
            for i in range(int(sys.argv[3])):
                read = lambda kind: open("%s/%d.%s" % (sys.argv[2], i, kind), "rb").read()
                try:
                    line = module.to_json(module.decode(read("bin"), read("json")))
                except module.BadBatch as error:
                    line = ("!%s" % error).encode()
                sys.stdout.buffer.write(line + b"\\n")
            """.utf8
        ).write(to: driver)
        for (i, entry) in batches.enumerated() {
            try Data(entry.batch).write(to: directory.appending(path: "\(i).bin"))
            try Data(entry.dictionary).write(to: directory.appending(path: "\(i).json"))
        }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = [driver.path, script.path, directory.path, String(batches.count)]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        return lines.dropLast().map { $0.hasPrefix("!") ? nil : String($0) }
    }
}
