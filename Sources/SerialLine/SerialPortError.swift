internal import Glibc

/// What kept a port from being opened or used: the operation, the reason, and what a person can do about it.
package struct SerialPortError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: Hashable, Sendable {
        /// No such device: not plugged in, or the path is wrong.
        case absent
        /// Another program, or another bus of this one, has the port.
        case busy
        case notPermitted
        /// The path leads to something that is not a serial port.
        case notSerial
        /// Baud rate or format that the port or the kernel does not know.
        case unsupported
        /// The device went away while open.
        case lost
        case other
    }

    package let reason: Reason
    /// The system call, or the setting that was refused.
    package let operation: String
    /// errno; 0 when no system call failed.
    package let number: CInt
    package let path: String

    package init(reason: Reason, operation: String, number: CInt, path: String) {
        self.reason = reason
        self.operation = operation
        self.number = number
        self.path = path
    }

    /// What just failed, by errno.
    package static func last(_ operation: String, path: String) -> Self {
        let number = errno
        let reason: Reason =
            switch number {
            case ENOENT, ENXIO: .absent
            case EBUSY, EWOULDBLOCK: .busy
            case EACCES, EPERM: .notPermitted
            case ENOTTY: .notSerial
            case EINVAL: .unsupported
            case EIO, ENODEV, EBADF: .lost
            default: .other
            }
        return Self(reason: reason, operation: operation, number: number, path: path)
    }

    /// What to do next.
    package var advice: String {
        switch reason {
        case .absent where Self.isNumbered(path):
            "check the cable; its number may be another one now: name it by /dev/serial/by-id/... or by-path/..."
        case .absent: "check the cable and the port's path"
        case .busy: "end the other program that uses it (fuser shows it), or give each bus its own port"
        case .notPermitted: "add the user of this program to the group that owns the port (often dialout)"
        case .notSerial: "name a serial port, such as /dev/ttyS1 or /dev/serial/by-id/..."
        case .unsupported: "choose a baud rate and format that this port can do"
        case .lost: "it is opened again by its path as soon as it is back"
        case .other: "see the kernel's log"
        }
    }

    /// A name with a number that the kernel gives to whatever USB adapter comes first.
    private static func isNumbered(_ path: String) -> Bool {
        guard let name = path.split(separator: "/").last else { return false }
        return name.hasPrefix("ttyUSB") || name.hasPrefix("ttyACM")
    }

    package var description: String {
        let cause = number == 0 ? "refused" : String(cString: strerror(number))
        return "\(path): \(operation): \(cause); \(advice)"
    }
}
