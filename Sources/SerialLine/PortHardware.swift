internal import Glibc

/// Which piece of hardware a port is, as the kernel tells it (sysfs). Names like ttyUSB0 say nothing of it: whoever is plugged
/// in first gets the first number.
package struct PortHardware: Hashable, Sendable, CustomStringConvertible {
    /// The adapter's serial number; nil: it has none, or the port is no USB adapter.
    package let serial: String?
    /// Where it is: the path of its device, which for USB is made of the sockets on the way to it.
    package let place: String

    package init(serial: String?, place: String) {
        self.serial = serial
        self.place = place
    }

    /// - Parameters:
    ///   - major: with `minor` the number of the character device.
    ///   - sysfs: where the kernel's tree is mounted; another place for tests.
    /// - Returns: nil: the kernel says nothing of it, as of a PTY.
    package init?(major: UInt32, minor: UInt32, sysfs: String = "/sys") {
        guard let resolved = realpath("\(sysfs)/dev/char/\(major):\(minor)", nil) else { return nil }
        defer { free(resolved) }
        // .../1-1.2/1-1.2:1.0/ttyUSB0/tty/ttyUSB0, or .../serial8250/tty/ttyS1.
        var parts = String(cString: resolved).split(separator: "/")
        let name = parts.popLast()
        if parts.last == "tty" { parts.removeLast() }
        if parts.last == name { parts.removeLast() }
        guard !parts.isEmpty else { return nil }
        place = "/" + parts.joined(separator: "/")
        // The number is the USB device's; the port is one interface of it, which may have several ports.
        serial = Self.firstLine("/" + parts.dropLast().joined(separator: "/") + "/serial")
    }

    /// The same port of the same adapter, wherever it is plugged in; one without a number only where it was.
    package func isSame(as other: Self) -> Bool {
        guard serial != nil || other.serial != nil else { return place == other.place }
        return serial == other.serial && interface == other.interface
    }

    /// `1.0` of `1-1.2:1.0`: which port of an adapter that has several.
    private var interface: Substring? { place.split(separator: "/").last?.split(separator: ":").last }

    package var description: String {
        let place = self.place.split(separator: "/").last.map { String($0) } ?? self.place
        return serial.map { "serial number \($0) at \(place)" } ?? "no serial number, at \(place)"
    }

    /// nil: no such file, or nothing in it. At most 80 bytes are looked at.
    private static func firstLine(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 80)
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return nil }
        let line = buffer[..<count].prefix { $0 > 0x20 && $0 < 0x7F }
        return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
    }
}
