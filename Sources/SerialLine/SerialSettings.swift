/// How a port's characters look, in the words of the line and not of termios.
package struct SerialSettings: Hashable, Sendable {
    package enum Parity: Hashable, Sendable { case none, even, odd }

    /// Bits per second; one of ``standardRates``.
    package var baud: Int
    /// 7 or 8.
    package var dataBits: Int
    package var parity: Parity
    /// 1 or 2.
    package var stopBits: Int
    /// The kernel drives the transmitter of the RS-485 transceiver; nil leaves the port's mode alone.
    package var rs485: RS485Mode?

    package init(
        baud: Int, dataBits: Int = 8, parity: Parity = .none, stopBits: Int = 1, rs485: RS485Mode? = nil
    ) {
        self.baud = baud
        self.dataBits = dataBits
        self.parity = parity
        self.stopBits = stopBits
        self.rs485 = rs485
    }

    /// Start bit, data bits, parity bit, stop bits.
    package var bitsPerCharacter: Int { 1 + dataBits + (parity == .none ? 0 : 1) + stopBits }

    package var timing: LineTiming { LineTiming(baud: baud, bitsPerCharacter: bitsPerCharacter) }
}

/// The kernel's RS-485 mode (struct serial_rs485 of linux/serial.h): RTS is raised while characters leave.
package struct RS485Mode: Hashable, Sendable {
    /// RTS is high while sending; false for transceivers wired the other way round.
    package var rtsHighWhileSending: Bool
    /// Milliseconds between RTS and the first bit.
    package var delayBeforeSend: UInt32
    /// Milliseconds between the last bit and RTS.
    package var delayAfterSend: UInt32

    package init(rtsHighWhileSending: Bool = true, delayBeforeSend: UInt32 = 0, delayAfterSend: UInt32 = 0) {
        self.rtsHighWhileSending = rtsHighWhileSending
        self.delayBeforeSend = delayBeforeSend
        self.delayAfterSend = delayAfterSend
    }
}
