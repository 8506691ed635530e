internal import Synchronization

/// The identity of a character device: two paths with the same number are the same port.
struct DeviceNumber: Hashable, Sendable {
    let raw: UInt64

    /// Major 136 to 143 are the far ends of PTYs (Linux, admin-guide/devices.txt).
    var isPseudoTerminal: Bool { (136...143).contains((raw >> 8) & 0xfff) }
}

/// The ports that this process has open. flock(2) is per inode, so two device nodes of one port would both be granted.
enum PortLocks {
    private static let taken = Mutex<Set<DeviceNumber>>([])

    static func take(_ device: DeviceNumber) -> Bool { taken.withLock { $0.insert(device).inserted } }
    static func release(_ device: DeviceNumber) { taken.withLock { _ = $0.remove(device) } }
}
