import Foundation

enum InputFile {
    /// The file, of a longer one the first `limit` + 1 bytes; says why it cannot be read, and ends with
    /// ``ExitStatus/noInput``.
    static func read(_ path: String, limit: Int) throws -> [UInt8] {
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            var bytes: [UInt8] = []
            while bytes.count <= limit, let piece = try file.read(upToCount: limit + 1 - bytes.count), !piece.isEmpty {
                bytes += piece
            }
            return bytes
        } catch {
            StandardError.write("gatewayctl: \(path): cannot be read: \(error.localizedDescription)")
            throw ExitStatus.noInput
        }
    }

    /// Written beside and moved into its place, so that nobody ever finds half of it.
    static func write(_ bytes: [UInt8], to path: String) throws {
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            StandardError.write("gatewayctl: \(path): cannot be written: \(error.localizedDescription)")
            throw ExitStatus.cannotCreate
        }
    }
}
