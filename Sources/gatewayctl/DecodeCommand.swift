import ArgumentParser
import Foundation
import GatewayModel
import Storage
import Telemetry

struct DecodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode",
        abstract: "Prints batches as JSON lines, as profile json would send them.",
        discussion: """
            Reads the payloads of profile `batch`, one or several after each other, from a file or from standard input.
            The dictionary is the retained message of PREFIX/GATEWAY/meta/DICT; without it the batch's header and the
            raw readings are printed. A store (STATE-DIR/outbox.sqlite) has its dictionaries inside; it is copied first
            and never changed, and stop the daemon before: what it is writing just then may be missing.

            Exit status: 0, or 65 when something in the input is not a batch.

            EXAMPLES:
              mosquitto_sub -C 1 -t dg/1/hs-017/batch | gatewayctl decode --meta dictionary.json
              mosquitto_sub -C 1 -t 'dg/1/hs-017/meta/+' > dictionary.json
              gatewayctl decode /var/lib/gatewayd/outbox.sqlite
            """)

    @Option(help: ArgumentHelp("The dictionary's JSON text.", valueName: "file"), completion: .file())
    var meta: String?

    @Argument(help: "Batches, as sent; `-` or nothing: standard input.", completion: .file())
    var file: String = "-"

    func run() throws {
        let given = try meta.map { try PointDictionary(json: Array(try Self.contents($0))) }
        let bytes = Array(try Self.contents(file))
        do {
            if bytes.starts(with: Array("SQLite format 3".utf8)) {
                try Self.decodeStore(file)
            } else {
                try Self.decodePayloads(bytes, given)
            }
        } catch {
            StandardError.write("gatewayctl: \(file): \(error)")
            throw ExitStatus.data
        }
    }

    private static func decodeStore(_ path: String) throws {
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent("decode-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: copy) }
        for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.copyItem(atPath: path + suffix, toPath: copy.path + "/outbox.sqlite" + suffix)
        }
        var dictionaries: [DictionaryID: PointDictionary] = [:]
        try StoreDump.read(copy: copy.path + "/outbox.sqlite") { batch, json in
            let envelope = try BatchEnvelope.decode(batch)
            let id = envelope.batch.dictionary
            if dictionaries[id] == nil { dictionaries[id] = try json(id).map { try PointDictionary(json: $0) } }
            print(try line(envelope, dictionaries[id]))
        }
    }

    private static func decodePayloads(_ bytes: [UInt8], _ dictionary: PointDictionary?) throws {
        var rest = bytes[...]
        // mosquitto_sub ends each payload with a line feed.
        while rest.last == UInt8(ascii: "\n"), BatchEnvelope.length(of: Array(rest)) != rest.count { rest.removeLast() }
        while !rest.isEmpty {
            let bytes = Array(rest)
            let length = min(BatchEnvelope.length(of: bytes) ?? bytes.count, bytes.count)
            print(try line(try BatchEnvelope.decode(Array(bytes[..<length])), dictionary))
            rest = rest.dropFirst(length)
            if rest.first == UInt8(ascii: "\n") { rest = rest.dropFirst() }
        }
    }

    private static func contents(_ path: String) throws -> Data {
        if path == "-" { return FileHandle.standardInput.readDataToEndOfFile() }
        guard let data = FileManager.default.contents(atPath: path) else {
            StandardError.write("gatewayctl: \(path): cannot be read")
            throw ExitStatus.noInput
        }
        return data
    }

    private static func line(_ envelope: BatchEnvelope, _ dictionary: PointDictionary?) throws -> String {
        let content = try envelope.content()
        if let dictionary {
            guard dictionary.id == envelope.batch.dictionary else {
                throw BatchFormatError(
                    "needs dictionary \(envelope.batch.dictionary.hexadecimal), given \(dictionary.id.hexadecimal)")
            }
            let json = try BatchJSON.render(envelope, content, dictionary: dictionary)
            return json.map { String(decoding: $0, as: UTF8.self) } ?? "{}"
        }
        var writer = JSONWriter()
        writer.object { json in
            json.field("epoch", envelope.key.epoch.text)
            json.field("sequence", envelope.key.sequence)
            json.field("dictionary", envelope.batch.dictionary.hexadecimal)
            json.field("boot", envelope.batch.boot.hexadecimal)
            json.key("readings")
            json.array { json in
                for reading in content.readings {
                    json.object {
                        $0.field("index", reading.point)
                        $0.field("boottime", reading.time.milliseconds)
                        $0.field("raw", reading.sample.map { "\($0)" } ?? "")
                        $0.field("quality", reading.quality.name)
                    }
                }
            }
        }
        return writer.text
    }
}
