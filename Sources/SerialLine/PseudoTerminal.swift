internal import CLinux
internal import Glibc

/// A serial line without hardware: this side holds the master end, another program opens `slavePath` like a port.
///
/// The other end is raw from the start (no echo, no line editing) and is kept open here too, so the master never sees
/// EIO while nobody else has it open. Nothing blocks; the descriptors are closed with the last reference, which the
/// program at the other end sees as a hang-up. All state is immutable; the kernel orders concurrent reads and writes.
package final class PseudoTerminal: Sendable {
    /// The master descriptor, non-blocking and closed on exec: for poll(2). Never close it.
    package let master: CInt
    /// What the other program opens, such as `/dev/pts/5`.
    package let slavePath: String
    private let slave: CInt

    /// Throws ``PseudoTerminalError`` when the kernel has no pseudo terminal to give.
    package init() throws(PseudoTerminalError) {
        let capacity = 128
        var path = [CChar](repeating: 0, count: capacity)
        let master = path.withUnsafeMutableBufferPointer {
            CLinux_open_pty_master($0.baseAddress, UInt(capacity))
        }
        guard master >= 0 else { throw .last("posix_openpt") }
        let slavePath = String(decoding: path.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let slave = open(slavePath, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
        guard slave >= 0 else {
            let error = PseudoTerminalError.last("open \(slavePath)")
            Glibc.close(master)
            throw error
        }
        do throws(PseudoTerminalError) {
            try Self.makeRaw(slave)
            guard fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK) == 0 else { throw .last("fcntl") }
        } catch {
            Glibc.close(slave)
            Glibc.close(master)
            throw error
        }
        self.master = master
        self.slave = slave
        self.slavePath = slavePath
    }

    deinit {
        Glibc.close(slave)
        Glibc.close(master)
    }

    /// Takes what the other end has written, at most the buffer's size; 0 when nothing waits.
    package func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        while true {
            let count = Glibc.read(master, buffer.baseAddress, buffer.count)
            if count < 0, errno == EINTR { continue }
            return max(0, count)
        }
    }

    /// Hands bytes to the other end; returns how many fitted. The kernel holds about 4 KiB that nobody reads.
    package func write(_ bytes: some Collection<UInt8>) -> Int {
        let bytes = Array(bytes)
        while true {
            let count = Glibc.write(master, bytes, bytes.count)
            if count < 0, errno == EINTR { continue }
            return max(0, count)
        }
    }

    private static func makeRaw(_ descriptor: CInt) throws(PseudoTerminalError) {
        var settings = termios()
        guard tcgetattr(descriptor, &settings) == 0 else { throw .last("tcgetattr") }
        cfmakeraw(&settings)
        guard tcsetattr(descriptor, TCSANOW, &settings) == 0 else { throw .last("tcsetattr") }
    }
}

/// Which system call failed, and with what errno.
package struct PseudoTerminalError: Error, Hashable, Sendable, CustomStringConvertible {
    package let operation: String
    package let number: CInt

    static func last(_ operation: String) -> Self { Self(operation: operation, number: errno) }

    package var description: String { "\(operation): \(String(cString: strerror(number)))" }
}
