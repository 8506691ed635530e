internal import Glibc

/// Raw mode by termios: no echo, no translation, no flow control, reads return what is there.
enum Termios {
    static func apply(_ settings: SerialSettings, to descriptor: CInt, path: String) throws(SerialPortError) {
        guard let speed = BaudRate.code(settings.baud) else {
            throw SerialPortError(
                reason: .unsupported, operation: "baud rate \(settings.baud)", number: 0, path: path)
        }
        guard (7...8).contains(settings.dataBits), (1...2).contains(settings.stopBits) else {
            throw SerialPortError(
                reason: .unsupported, operation: "\(settings.dataBits) data bits, \(settings.stopBits) stop bits",
                number: 0, path: path)
        }
        var attributes = termios()
        guard tcgetattr(descriptor, &attributes) == 0 else { throw .last("tcgetattr", path: path) }
        cfmakeraw(&attributes)
        attributes.c_cflag |= tcflag_t(CLOCAL | CREAD)
        attributes.c_cflag &= ~(tcflag_t(CSIZE | CSTOPB | PARENB | PARODD) | tcflag_t(CRTSCTS))
        attributes.c_cflag |= tcflag_t(settings.dataBits == 7 ? CS7 : CS8)
        if settings.stopBits == 2 { attributes.c_cflag |= tcflag_t(CSTOPB) }
        // A character with wrong parity is read as 0, so the frame's check sum fails.
        attributes.c_iflag &= ~tcflag_t(INPCK | IGNPAR)
        switch settings.parity {
        case .none: break
        case .even:
            attributes.c_cflag |= tcflag_t(PARENB)
            attributes.c_iflag |= tcflag_t(INPCK)
        case .odd:
            attributes.c_cflag |= tcflag_t(PARENB | PARODD)
            attributes.c_iflag |= tcflag_t(INPCK)
        }
        withUnsafeMutableBytes(of: &attributes.c_cc) {
            $0[Int(VMIN)] = 0
            $0[Int(VTIME)] = 0
        }
        guard cfsetispeed(&attributes, speed) == 0, cfsetospeed(&attributes, speed) == 0 else {
            throw .last("cfsetspeed", path: path)
        }
        if tcsetattr(descriptor, TCSANOW, &attributes) != 0 {
            // A pseudo terminal has no parity. Asked for parity and nothing else that is new, it refuses the whole
            // (measured on Linux 6.1); what it can do it does already.
            guard errno == EINVAL, isPseudoTerminal(descriptor) else { throw .last("tcsetattr", path: path) }
        }
        try confirmSpeed(speed, of: descriptor, path: path)
    }

    /// Device majors 136 to 143 (Linux, Documentation/admin-guide/devices.txt: Unix98 PTY slaves).
    private static func isPseudoTerminal(_ descriptor: CInt) -> Bool {
        var about = stat()
        guard fstat(descriptor, &about) == 0 else { return false }
        return (136...143).contains((about.st_rdev >> 8) & 0xfff)
    }

    /// tcsetattr(3) succeeds when it could do a part of what was asked.
    private static func confirmSpeed(
        _ speed: speed_t, of descriptor: CInt, path: String
    ) throws(SerialPortError) {
        var attributes = termios()
        guard tcgetattr(descriptor, &attributes) == 0 else { throw .last("tcgetattr", path: path) }
        guard cfgetospeed(&attributes) == speed else {
            throw SerialPortError(reason: .unsupported, operation: "tcsetattr", number: EINVAL, path: path)
        }
    }
}

/// The baud rates that every Linux port driver is asked for by a constant.
enum BaudRate {
    static func code(_ baud: Int) -> speed_t? { table.first { $0.baud == baud }.map(\.code) }

    // The constants are signed or not, by the version of glibc.
    static let table: [(baud: Int, code: speed_t)] = [
        (300, speed_t(B300)), (600, speed_t(B600)), (1_200, speed_t(B1200)), (1_800, speed_t(B1800)),
        (2_400, speed_t(B2400)), (4_800, speed_t(B4800)), (9_600, speed_t(B9600)),
        (19_200, speed_t(B19200)), (38_400, speed_t(B38400)), (57_600, speed_t(B57600)), (115_200, speed_t(B115200)),
        (230_400, speed_t(B230400)),
        (460_800, speed_t(B460800)), (500_000, speed_t(B500000)), (576_000, speed_t(B576000)),
        (921_600, speed_t(B921600)),
    ]
}

extension SerialSettings {
    /// The rates that ``SerialPort`` can set, bits per second.
    package static var standardRates: [Int] { BaudRate.table.map(\.baud) }
}
