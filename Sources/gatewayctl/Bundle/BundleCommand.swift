import ArgumentParser
import BoardConfig
import Foundation

struct BundleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bundle",
        abstract: "Makes a signed bundle of a board config, the one file that a box takes.",
        discussion: """
            Checks the config as `gatewayctl check` does, puts it with the board and the templates that it names into one \
            file, and signs it. The file is text: the config stands in it as it was written. The same files, release and \
            key give the same bytes.

            The release rises with each bundle for the same gateway; without --release it is one more than that of the \
            bundle that OUT holds by now, or the same when nothing has changed, or 1.

            Exit status: 0, 65 when a key is none, 66 when a file cannot be read, 73 when OUT cannot be written, 78 when the \
            config may not be used.

            EXAMPLES:
              gatewayctl bundle station.yaml --key company.key                   writes station.bundle
              gatewayctl bundle station.yaml --key company.key --release 7 -o /media/usb/cj-hs-017.bundle
              gatewayctl bundle station.yaml --key company.key --trust next-year.key.pub
            """)

    @Option(help: ArgumentHelp("Sign with this key.", valueName: "file"), completion: .file())
    var key: String

    @Option(help: ArgumentHelp("Its number among the bundles of this gateway, from 1.", valueName: "number"))
    var release: UInt32?

    @Option(
        name: .customLong("trust"),
        help: ArgumentHelp(
            "The box shall trust this public key too from then on; may be repeated.", valueName: "file"),
        completion: .file())
    var trusts: [String] = []

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Where to; default: the config's name with .bundle.", valueName: "file"),
        completion: .file())
    var output: String?

    @Option(
        name: .customLong("library"),
        help: ArgumentHelp("Look for boards and templates here, and nowhere else; may be repeated.", valueName: "dir"),
        completion: .directory)
    var libraries: [String] = []

    @Argument(help: "The board config.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    func validate() throws {
        if release == 0 { throw ValidationError("--release: expected a number from 1 to \(UInt32.max)") }
    }

    func run() throws {
        let result = BoardConfigReader.read(file: file, libraryDirectories: libraries.isEmpty ? nil : libraries)
        for problem in result.problems { StandardError.write(problem.description) }
        guard result.configuration != nil else { throw ExitStatus.config }
        let key = try KeyFile.signing(key)
        let trusts = try trusts.map(KeyFile.publicKey)
        let output = output ?? URL(fileURLWithPath: file).deletingPathExtension().path + ".bundle"
        do {
            let signed = try made(result, key, trusts, replacing: output)
            try InputFile.write(signed.bytes, to: output)
            print(
                "\(output): \(signed.bundle.gateway), release \(signed.bundle.release), \(signed.bundle.files.count) files, "
                    + "\(signed.bytes.count) bytes, signed by \(signed.signer.fingerprint)")
        } catch let fault as BundleFault {
            StandardError.write("gatewayctl: \(fault)")
            throw ExitStatus.data
        }
    }

    private func made(
        _ result: BoardConfigResult, _ key: SigningKey, _ trusts: [PublicKey], replacing output: String
    ) throws -> SignedBundle {
        let make = { (release: UInt32) in
            try SignedBundle(ConfigBundle(config: file, result, release: release, trusts: trusts), by: key)
        }
        if let release { return try make(release) }
        guard FileManager.default.fileExists(atPath: output) else { return try make(1) }
        let before: SignedBundle
        do {
            before = try SignedBundle(bytes: try InputFile.read(output, limit: ConfigBundle.sizeLimit))
        } catch let fault as BundleFault {
            throw BundleFault("\(output): \(fault); it would be overwritten, say --release or another --output")
        }
        let same = try make(before.bundle.release)
        guard same != before else { return same }
        guard before.bundle.release < UInt32.max else {
            throw BundleFault("\(output): has the last release that there is")
        }
        return try make(before.bundle.release + 1)
    }
}
