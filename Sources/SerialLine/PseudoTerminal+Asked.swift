internal import Glibc

/// What the program at the other end has asked its port for: how it sends, and what it does with bad characters.
package struct AskedSettings: Hashable, Sendable {
    package var settings: SerialSettings
    /// INPCK: a character with a parity or framing error is marked; without it, it is handed over as it was received.
    package var checksInput: Bool
    /// IGNPAR: a marked character is dropped.
    package var dropsErrors: Bool
    /// PARMRK: a marked character comes as FF 00 and itself, instead of as 00.
    package var marksErrors: Bool
    /// IGNBRK: a break is dropped, instead of read as 00.
    package var dropsBreaks: Bool

    package init(
        settings: SerialSettings, checksInput: Bool = false, dropsErrors: Bool = false, marksErrors: Bool = false,
        dropsBreaks: Bool = false
    ) {
        self.settings = settings
        self.checksInput = checksInput
        self.dropsErrors = dropsErrors
        self.marksErrors = marksErrors
        self.dropsBreaks = dropsBreaks
    }
}

extension PseudoTerminal {
    /// What the other end's termios say now; nil for a rate that ``SerialSettings/standardRates`` has not.
    ///
    /// A pseudo terminal keeps the rate, CSTOPB, PARODD and INPCK, but neither PARENB nor CSIZE (measured on Linux 6.1).
    /// So parity is taken from INPCK, which ``SerialPort`` and libmodbus set together with PARENB, and characters have 8
    /// bits.
    package var asked: AskedSettings? {
        var attributes = termios()
        guard tcgetattr(master, &attributes) == 0 else { return nil }
        let code = cfgetospeed(&attributes)
        guard let baud = BaudRate.table.first(where: { $0.code == code })?.baud else { return nil }
        func has(_ flag: CInt) -> Bool { attributes.c_iflag & tcflag_t(flag) != 0 }
        func hasControl(_ flag: CInt) -> Bool { attributes.c_cflag & tcflag_t(flag) != 0 }
        let parity: SerialSettings.Parity = !has(INPCK) ? .none : hasControl(PARODD) ? .odd : .even
        return AskedSettings(
            settings: SerialSettings(
                baud: baud, parity: parity, stopBits: hasControl(CSTOPB) ? 2 : 1),
            checksInput: has(INPCK), dropsErrors: has(IGNPAR), marksErrors: has(PARMRK), dropsBreaks: has(IGNBRK))
    }

    /// Gives the other end settings to start from, as stty(1) would: they hold for a program that sets none itself.
    /// A rate that no port has is left out.
    package func preset(_ settings: SerialSettings) {
        var attributes = termios()
        guard let speed = BaudRate.code(settings.baud), tcgetattr(master, &attributes) == 0 else { return }
        attributes.c_iflag &= ~tcflag_t(INPCK)
        attributes.c_cflag &= ~tcflag_t(PARODD | CSTOPB)
        if settings.parity != .none { attributes.c_iflag |= tcflag_t(INPCK) }
        if settings.parity == .odd { attributes.c_cflag |= tcflag_t(PARODD) }
        if settings.stopBits == 2 { attributes.c_cflag |= tcflag_t(CSTOPB) }
        cfsetispeed(&attributes, speed)
        cfsetospeed(&attributes, speed)
        tcsetattr(master, TCSANOW, &attributes)
    }
}
