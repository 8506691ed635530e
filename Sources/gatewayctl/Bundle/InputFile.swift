import Foundation

enum InputFile {
    /// The whole file; says why it cannot be read, and ends with ``ExitStatus/noInput``.
    static func read(_ path: String) throws -> Data {
        do {
            return try Data(contentsOf: URL(fileURLWithPath: path))
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
