internal import GatewayModel
internal import Glibc

extension BootID {
    /// The running boot's id from the kernel; a random one where /proc is not mounted.
    static func current() -> BootID {
        let file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return .random() }
        defer { close(file) }
        var text = [UInt8](repeating: 0, count: 64)
        let count = read(file, &text, text.count)
        let digits = text.prefix(max(count, 0)).compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
        return BootID(bytes: bytes) ?? .random()
    }
}
