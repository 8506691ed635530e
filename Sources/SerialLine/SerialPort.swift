internal import CLinux
internal import Glibc

/// A serial port or PTY that this program alone uses: raw, non-blocking, locked. Nothing here blocks.
///
/// Opened by path, and the path is resolved at every open, so a stable name (`/dev/serial/by-id/...`) finds the port
/// again after it was unplugged. The lock is on the device, not on the path: two names of one port are one port.
/// Closed with the last reference.
package final class SerialPort {
    /// For poll(2), FIONREAD and framing libraries. Never close it.
    package let descriptor: CInt
    /// As it was asked for.
    package let path: String
    package private(set) var settings: SerialSettings
    private let device: DeviceNumber
    private let isExclusive: Bool

    /// Which piece of hardware it is; nil: the kernel does not say.
    package var hardware: PortHardware? {
        PortHardware(major: UInt32(truncatingIfNeeded: device.major), minor: UInt32(truncatingIfNeeded: device.minor))
    }

    /// Opens, locks, then configures; on failure nothing stays open or locked.
    package init(path: String, settings: SerialSettings) throws(SerialPortError) {
        let descriptor = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last("open", path: path) }
        var locked: DeviceNumber?
        let isExclusive: Bool
        do throws(SerialPortError) {
            let device = try Self.deviceNumber(of: descriptor, path: path)
            guard isatty(descriptor) == 1 else { throw .last("isatty", path: path) }
            guard PortLocks.take(device) else {
                throw SerialPortError(reason: .busy, operation: "lock", number: EBUSY, path: path)
            }
            locked = device
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .last("flock", path: path) }
            isExclusive = try Self.refuseFurtherOpens(descriptor, device: device, path: path)
            try Termios.apply(settings, to: descriptor, path: path)
            if let mode = settings.rs485 { try mode.apply(to: descriptor, path: path) }
        } catch {
            if let locked { PortLocks.release(locked) }
            close(descriptor)
            throw error
        }
        device = locked ?? DeviceNumber(raw: 0)
        self.isExclusive = isExclusive
        self.descriptor = descriptor
        self.path = path
        self.settings = settings
        discardInput()
    }

    deinit {
        if isExclusive { _ = ioctl(descriptor, UInt(TIOCNXCL), 0) }
        close(descriptor)
        PortLocks.release(device)
    }

    /// Bytes that wait to be read; nil when the port is gone.
    package var bytesWaiting: Int? {
        let count = CLinux_bytes_waiting(descriptor)
        return count < 0 ? nil : Int(count)
    }

    /// Changes speed and format while the port stays open and locked. What waits to be read stays. The direction control
    /// of an RS-485 port stays as it was opened.
    package func apply(_ settings: SerialSettings) throws(SerialPortError) {
        try Termios.apply(settings, to: descriptor, path: path)
        let mode = self.settings.rs485
        self.settings = settings
        self.settings.rs485 = mode
    }

    /// Throws away what waits to be read.
    package func discardInput() { tcflush(descriptor, TCIFLUSH) }

    private static func deviceNumber(of descriptor: CInt, path: String) throws(SerialPortError) -> DeviceNumber {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .last("fstat", path: path) }
        guard status.st_mode & S_IFMT == S_IFCHR else {
            throw SerialPortError(reason: .notSerial, operation: "fstat", number: ENOTTY, path: path)
        }
        return DeviceNumber(raw: UInt64(status.st_rdev))
    }

    /// TIOCEXCL keeps out programs that do not look at flock. Not on PTYs: there the mark outlives a killed holder as
    /// long as the master is open, and the next start would find the port busy for ever (measured, Linux 6.1).
    private static func refuseFurtherOpens(
        _ descriptor: CInt, device: DeviceNumber, path: String
    ) throws(SerialPortError) -> Bool {
        if device.isPseudoTerminal { return false }
        guard ioctl(descriptor, UInt(TIOCEXCL), 0) == 0 else { throw .last("TIOCEXCL", path: path) }
        return true
    }
}
