import ArgumentParser
import BoardConfig
import Foundation
import GatewayModel

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks a bundle as a box does, and says what is in it.",
        discussion: """
            Checks the signature, whether the signer is one of those to be trusted (--trust, else everybody), and the config \
            with nothing but the board and the templates of the bundle.

            Exit status: 0, 65 when the bundle is damaged or not to be trusted, 66 when it cannot be read, 78 when its config \
            may not be used.

            EXAMPLES:
              gatewayctl verify cj-hs-017.bundle
              gatewayctl verify cj-hs-017.bundle --trust company.key.pub
              gatewayctl verify cj-hs-017.bundle --extract cj-hs-017      the config, the board, the templates
            """)

    @Option(
        name: .customLong("trust"),
        help: ArgumentHelp("Only who has this public key may have signed it; may be repeated.", valueName: "file"),
        completion: .file())
    var trusts: [String] = []

    @Option(
        help: ArgumentHelp("Write its files into this directory, which must not be there.", valueName: "dir"),
        completion: .directory)
    var extract: String?

    @Argument(help: "The bundle.", completion: .file(extensions: ["bundle"]))
    var file: String

    func run() throws {
        let trusted = try trusts.map(KeyFile.publicKey)
        let signed: SignedBundle
        do {
            signed = try SignedBundle(bytes: try InputFile.read(file, limit: ConfigBundle.sizeLimit))
        } catch let fault as BundleFault {
            StandardError.write("gatewayctl: \(file): \(fault)")
            throw ExitStatus.data
        }
        let bundle = signed.bundle
        if !trusted.isEmpty, !trusted.contains(signed.signer) {
            StandardError.write(
                "gatewayctl: \(file): signed by \(signed.signer.fingerprint), expected one of "
                    + trusted.map(\.fingerprint).joined(separator: ", "))
            throw ExitStatus.data
        }
        let directory = extract ?? NSTemporaryDirectory() + "/gatewayctl-\(UUID().uuidString)"
        defer { if extract == nil { try? FileManager.default.removeItem(atPath: directory) } }
        try write(bundle, into: directory)
        let place = "\(directory)/\(ConfigBundle.station)"
        let result = BoardConfigReader.read(file: place, libraryDirectories: [directory])
        for problem in result.problems {
            StandardError.write(
                problem.description.replacing("\(directory)/", with: extract == nil ? "" : "\(directory)/"))
        }
        guard let configuration = result.configuration else { throw ExitStatus.config }
        guard configuration.gatewayID == bundle.gateway else {
            StandardError.write(
                "gatewayctl: \(file): for \(bundle.gateway), but its config is that of \(configuration.gatewayID)")
            throw ExitStatus.data
        }
        print("\(file): ok")
        print("gateway   \(bundle.gateway) \(configuration.name)")
        print("release   \(bundle.release)")
        print("signed    by \(signed.signer.fingerprint)")
        for key in bundle.trusts { print("trusts    \(key.fingerprint) too") }
        for file in bundle.files { print("file      \(file.name), \(file.bytes.count) bytes") }
    }

    private func write(_ bundle: ConfigBundle, into directory: String) throws {
        if extract != nil, FileManager.default.fileExists(atPath: directory) {
            StandardError.write("gatewayctl: \(directory) is there already")
            throw ExitStatus.cannotCreate
        }
        for file in bundle.files {
            let path = "\(directory)/\(file.name)"
            do {
                try FileManager.default.createDirectory(
                    at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
            } catch {
                StandardError.write("gatewayctl: \(directory): cannot be made: \(error.localizedDescription)")
                throw ExitStatus.cannotCreate
            }
            try InputFile.write(file.bytes, to: path)
        }
    }
}
