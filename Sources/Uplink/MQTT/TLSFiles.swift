internal import GatewayModel
internal import Glibc

/// Notices that certificates or keys were replaced on disk while a connection lives: a connection may last for months,
/// longer than a certificate.
struct TLSFiles {
    private struct Stamp: Equatable {
        var device: UInt
        var node: UInt
        var size: Int
        var seconds: Int
        var nanoseconds: Int
    }

    private let paths: [String]
    private var seen: [Stamp?]
    /// What the connection was made with, or the change that was told of last.
    private var told: [Stamp?]

    init(_ tls: TLSConfiguration) {
        paths = [tls.ca, tls.certificate, tls.key].compactMap { $0 }
        seen = paths.map(Self.stamp)
        told = seen
    }

    /// True once for each change, when it has been the same for two looks: a certificate and its key are two files,
    /// and both have to be there.
    mutating func haveChanged() -> Bool {
        let now = paths.map(Self.stamp)
        defer { seen = now }
        guard now == seen, now != told else { return false }
        told = now
        return true
    }

    private static func stamp(_ path: String) -> Stamp? {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return nil }
        return Stamp(
            device: UInt(facts.st_dev), node: UInt(facts.st_ino), size: Int(facts.st_size),
            seconds: Int(facts.st_mtim.tv_sec), nanoseconds: Int(facts.st_mtim.tv_nsec))
    }
}
