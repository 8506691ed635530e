/// How long characters and silences last on an asynchronous serial line, in nanoseconds.
package struct LineTiming: Hashable, Sendable {
    /// Bits per second, 1 or more.
    package let baud: Int
    /// Start bit, data bits, parity bit and stop bits: 10 for 8N1, 11 for 8E1.
    package let bitsPerCharacter: Int

    /// A baud rate or a bit count below 1 counts as 1.
    package init(baud: Int, bitsPerCharacter: Int = 10) {
        self.baud = max(1, baud)
        self.bitsPerCharacter = max(1, bitsPerCharacter)
    }

    /// The time that `count` characters take back to back, rounded up; 0 for none.
    package func characters(_ count: Int) -> Int64 {
        let bits = Int64(max(0, count)) * Int64(bitsPerCharacter)
        return (bits * 1_000_000_000 + Int64(baud) - 1) / Int64(baud)
    }

    /// The silence that ends one frame and must precede the next: 3.5 characters, fixed at 1.75 ms above 19200 baud
    /// (MODBUS over Serial Line V1.02, 2.5.1.1).
    package var frameSilence: Int64 { baud > 19_200 ? 1_750_000 : (characters(7) + 1) / 2 }

    /// The longest silence inside a frame: 1.5 characters, fixed at 0.75 ms above 19200 baud
    /// (MODBUS over Serial Line V1.02, 2.5.1.1).
    package var characterSilence: Int64 { baud > 19_200 ? 750_000 : (characters(3) + 1) / 2 }
}
