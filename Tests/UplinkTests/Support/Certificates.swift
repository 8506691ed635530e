import Foundation
import GatewayTestSupport

/// A city's certificate authority and what it signed, made by openssl in a broker's directory.
struct Certificates {
    let directory: URL

    /// Makes `NAME-ca.pem`.
    init(authority name: String = "city", in directory: URL) throws {
        self.directory = directory
        try openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
            "-subj", "/CN=\(name)", "-keyout", "\(name)-ca.key", "-out", "\(name)-ca.pem",
        ])
    }

    /// Makes `NAME.pem` and `NAME.key`, signed by `AUTHORITY-ca.pem`.
    ///
    /// - Parameters:
    ///   - names: subject alternative names, as openssl writes them.
    ///   - start, end: `YYYYMMDDHHMMSSZ`.
    func issue(
        _ name: String, names: String = "IP:127.0.0.1", authority: String = "city",
        from start: String = "20200101000000Z", to end: String = "20990101000000Z"
    ) throws {
        try openssl([
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=\(name)",
            "-keyout", "\(name).key", "-out", "\(name).csr",
        ])
        let settings = """
            [ca]
            default_ca = us
            [us]
            database = \(path("index.txt"))
            serial = \(path("serial"))
            new_certs_dir = \(directory.path)
            default_md = sha256
            policy = any
            unique_subject = no
            [any]
            commonName = supplied
            [names]
            subjectAltName = \(names)
            """
        try settings.write(toFile: path("ca.cnf"), atomically: true, encoding: .utf8)
        if !FileManager.default.fileExists(atPath: path("index.txt")) {
            try "".write(toFile: path("index.txt"), atomically: true, encoding: .utf8)
            try "01".write(toFile: path("serial"), atomically: true, encoding: .utf8)
        }
        try openssl([
            "ca", "-batch", "-notext", "-config", "ca.cnf", "-extensions", "names", "-startdate", start, "-enddate",
            end, "-cert", "\(authority)-ca.pem", "-keyfile", "\(authority)-ca.key", "-in", "\(name).csr", "-out",
            "\(name).pem",
        ])
    }

    /// `FROM.key` with a passphrase, as `TO.key`.
    func encryptKey(_ from: String, to: String) throws {
        try openssl(["ec", "-in", "\(from).key", "-aes256", "-passout", "pass:secret", "-out", "\(to).key"])
    }

    /// Like an administrator's `mv`: at once.
    func copy(_ from: String, to: String) throws {
        let new = path(to) + ".new"
        try FileManager.default.copyItem(atPath: path(from), toPath: new)
        guard rename(new, path(to)) == 0 else { throw OpenSSLFailed(arguments: ["rename", to]) }
    }

    func path(_ file: String) -> String { directory.appendingPathComponent(file).path }

    private func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        process.currentDirectoryURL = directory
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw OpenSSLFailed(arguments: arguments) }
    }

    struct OpenSSLFailed: Error { var arguments: [String] }
}
