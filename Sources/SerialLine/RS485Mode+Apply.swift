internal import CLinux
internal import Glibc

extension RS485Mode {
    /// Sets the kernel's mode whole, delays and polarity too (libmodbus sets the enable bit only).
    func apply(to descriptor: CInt, path: String) throws(SerialPortError) {
        let enabled: UInt32 = 1 << 0
        let rtsOnSend: UInt32 = 1 << 1
        let rtsAfterSend: UInt32 = 1 << 2
        // struct serial_rs485: flags, delay before, delay after, 5 words of padding.
        var words = [UInt32](repeating: 0, count: 8)
        words[0] = enabled | (rtsHighWhileSending ? rtsOnSend : rtsAfterSend)
        words[1] = delayBeforeSend
        words[2] = delayAfterSend
        let result = words.withUnsafeMutableBytes { buffer -> CInt in
            guard let start = buffer.baseAddress else { return -1 }
            return ioctl(descriptor, UInt(TIOCSRS485), start)
        }
        guard result == 0 else {
            let number = errno
            throw SerialPortError(
                reason: number == EIO || number == ENODEV ? .lost : .unsupported, operation: "TIOCSRS485",
                number: number, path: path)
        }
    }
}
