internal import Synchronization

/// The identity of a character device: two paths with the same number are the same port.
struct DeviceNumber: Hashable, Sendable {
    let raw: UInt64

    /// Major 136 to 143 are the far ends of PTYs (Linux, admin-guide/devices.txt).
    var isPseudoTerminal: Bool { (136...143).contains(major) }

    /// As Linux packs them (gnu_dev_major, gnu_dev_minor).
    var major: UInt64 { (raw >> 8) & 0xfff | (raw >> 32) & ~0xfff }
    var minor: UInt64 { raw & 0xff | (raw >> 12) & ~0xff }
}

/// The ports that this process has open. flock(2) is per inode, so two device nodes of one port would both be granted.
enum PortLocks {
    private static let taken = Mutex<Set<DeviceNumber>>([])

    static func take(_ device: DeviceNumber) -> Bool { taken.withLock { $0.insert(device).inserted } }
    static func release(_ device: DeviceNumber) { taken.withLock { _ = $0.remove(device) } }
}
