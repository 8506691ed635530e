import ArgumentParser
import BoardConfig
import Foundation

struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Makes the key that signs bundles, or shows one.",
        discussion: """
            `new FILE` writes an Ed25519 key to FILE (mode 0600) and its public half to FILE.pub. Keep FILE where only those \
            who hand out configs can read it; FILE.pub goes to the boxes, into /etc/gatewayd/trust.d, or with their first \
            bundle. Both are PEM, as openssl reads and writes them.

            EXAMPLES:
              gatewayctl key new company.key
              gatewayctl key show company.key.pub
              openssl genpkey -algorithm ed25519 -aes256 -out company.key      a key with a password
            """,
        subcommands: [New.self, Show.self])

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes a new key to FILE, its public half to FILE.pub.")

        @Argument(help: "The file to be written; it must not be there.", completion: .file())
        var file: String

        func run() throws {
            guard let key = SigningKey.generate() else {
                StandardError.write("gatewayctl: the system gives no random numbers")
                throw ExitStatus.unavailable
            }
            for (path, text, mode) in [(file, key.pem, 0o600), ("\(file).pub", key.publicKey.pem, 0o644)] {
                let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(mode))
                guard descriptor >= 0 else {
                    StandardError.write("gatewayctl: \(path): \(String(cString: strerror(errno)))")
                    throw ExitStatus.cannotCreate
                }
                let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
                try handle.write(contentsOf: Data(text))
                try handle.synchronize()
            }
            print("\(file), \(file).pub: key \(key.publicKey.fingerprint)")
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Shows the fingerprint and the public half of a key.")

        @Argument(help: "A key of either kind.", completion: .file())
        var file: String

        func run() throws {
            let key = try KeyFile.publicKey(file)
            print("key \(key.fingerprint)")
            print(String(decoding: key.pem, as: UTF8.self), terminator: "")
        }
    }
}

/// Keys in files, for people.
enum KeyFile {
    static func signing(_ path: String) throws -> SigningKey {
        guard let key = SigningKey(pem: try bytes(path)) else {
            StandardError.write(
                "gatewayctl: \(path): no Ed25519 private key, expected a PEM file of `gatewayctl key new`")
            throw ExitStatus.data
        }
        return key
    }

    /// Of a public key's file, or of a private one's.
    static func publicKey(_ path: String) throws -> PublicKey {
        let pem = try bytes(path)
        guard let key = PublicKey(pem: pem) ?? SigningKey(pem: pem)?.publicKey else {
            StandardError.write("gatewayctl: \(path): no Ed25519 key, expected a PEM file of `gatewayctl key new`")
            throw ExitStatus.data
        }
        return key
    }

    private static func bytes(_ path: String) throws -> [UInt8] { try InputFile.read(path, limit: 64 << 10) }
}
