import Foundation
import Testing

/// The frames of `Vectors/NAME.json`.
struct Vectors: Decodable {
    var vectors: [Vector]
    var negative: [Negative]

    struct Vector: Decodable, Sendable, CustomTestStringConvertible {
        var id: String
        var request: String?
        var response: String?
        var decoded: [String: Fact]
        var testDescription: String { id }

        var requestBytes: [UInt8]? { request.map(Vectors.bytes) }
        var responseBytes: [UInt8]? { response.flatMap { $0.contains("or") ? nil : Vectors.bytes($0) } }
    }

    struct Negative: Decodable, Sendable {
        var id: String
        var frame: String
        var bytes: [UInt8] { Vectors.bytes(frame) }
    }

    /// Any JSON value.
    enum Fact: Decodable, Hashable, Sendable {
        case text(String)
        case number(Decimal)
        case flag(Bool)
        case list([Fact])
        case map([String: Fact])
        case none

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if value.decodeNil() {
                self = .none
            } else if let flag = try? value.decode(Bool.self) {
                self = .flag(flag)
            } else if let number = try? value.decode(Decimal.self) {
                self = .number(number)
            } else if let text = try? value.decode(String.self) {
                self = .text(text)
            } else if let list = try? value.decode([Fact].self) {
                self = .list(list)
            } else {
                self = .map(try value.decode([String: Fact].self))
            }
        }

        /// A number as it stands in the file, shortest form.
        var text: String? {
            switch self {
            case .text(let text): text
            case .number(let number): "\(number)"
            default: nil
            }
        }
    }

    static func read(_ name: String) throws -> Vectors {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Vectors/\(name).json")
        return try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: file))
    }

    static func all(_ name: String) -> [Vector] { (try? read(name).vectors) ?? [] }

    static func negative(_ name: String, _ id: String) throws -> [UInt8] {
        try #require(try read(name).negative.first { $0.id == id }).bytes
    }

    static func vector(_ name: String, _ id: String) throws -> Vector {
        try #require(all(name).first { $0.id == id })
    }

    /// `68 0A`; blanks may be missing.
    static func bytes(_ text: String) -> [UInt8] {
        let digits = Array(text.filter { !$0.isWhitespace })
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { String(format: "%02X", $0) }.joined()
    }
}
