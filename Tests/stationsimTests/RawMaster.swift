import CLinux
import Foundation
import Glibc
import SerialLine

/// A Modbus master of the barest kind, with a CRC and a decoder of its own: what the simulator is judged by.
final class RawMaster {
    let descriptor: CInt

    init?(path: String) {
        descriptor = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        if descriptor < 0 { return nil }
    }

    /// Connects to 127.0.0.1.
    init?(port: UInt16) {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if status != 0 { return nil }
        _ = fcntl(descriptor, F_SETFL, O_RDWR | O_NONBLOCK)
    }

    deinit { close(descriptor) }

    /// What any program does with its port: rate and parity by tcsetattr(3).
    func set(_ settings: SerialSettings) {
        let rates: [Int: CInt] = [2400: CInt(B2400), 4800: CInt(B4800), 9600: CInt(B9600), 19_200: CInt(B19200)]
        var attributes = termios()
        tcgetattr(descriptor, &attributes)
        attributes.c_iflag &= ~tcflag_t(INPCK)
        attributes.c_cflag &= ~tcflag_t(PARENB | PARODD)
        if settings.parity != .none {
            attributes.c_iflag |= tcflag_t(INPCK)
            attributes.c_cflag |= tcflag_t(PARENB)
        }
        if settings.parity == .odd { attributes.c_cflag |= tcflag_t(PARODD) }
        let rate = speed_t(rates[settings.baud] ?? CInt(B9600))
        cfsetispeed(&attributes, rate)
        cfsetospeed(&attributes, rate)
        tcsetattr(descriptor, TCSANOW, &attributes)
    }

    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Bit by bit, low byte first.
    static func crc(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var crc: UInt16 = 0xFFFF
        for byte in bytes {
            crc ^= UInt16(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xA001 : crc >> 1 }
        }
        return [UInt8(crc & 0xFF), UInt8(crc >> 8)]
    }

    static func request(_ unit: UInt8, _ function: UInt8, _ address: Int, _ count: Int) -> [UInt8] {
        let body = [unit, function, UInt8(address >> 8), UInt8(address & 255), UInt8(count >> 8), UInt8(count & 255)]
        return body + crc(body)
    }

    func send(_ bytes: [UInt8]) { _ = write(descriptor, bytes, bytes.count) }

    /// Reads until `count` bytes are there, nothing came for `quiet` after the first byte, or `limit` is over.
    func receive(_ count: Int, quiet: Int64 = 60_000_000, limit: Int64 = 2_000_000_000) -> [UInt8] {
        var result: [UInt8] = []
        let end = Self.now() + limit
        while result.count < count {
            let wait = result.isEmpty ? end - Self.now() : quiet
            var events: Int16 = 0
            guard wait > 0, CLinux_poll_one(descriptor, Int16(POLLIN), wait, &events) > 0 else { break }
            var chunk = [UInt8](repeating: 0, count: 512)
            let got = read(descriptor, &chunk, chunk.count)
            guard got > 0 else { break }
            result += chunk.prefix(got)
        }
        return result
    }

    /// Asks and waits for a whole answer; an exception ends early because the line falls quiet.
    func ask(_ unit: UInt8, _ function: UInt8, _ address: Int, _ count: Int, limit: Int64 = 2_000_000_000) -> [UInt8] {
        send(Self.request(unit, function, address, count))
        let data = function <= 2 ? (count + 7) / 8 : 2 * count
        return receive(5 + data, limit: limit)
    }

    /// Silence enough for any line of these tests.
    static func pause() { usleep(8_000) }

    static func isSound(_ frame: [UInt8]) -> Bool { frame.count >= 4 && crc(frame.dropLast(2)) == frame.suffix(2) }

    /// The register words of a sound answer.
    static func words(_ frame: [UInt8]) -> [UInt16] {
        guard isSound(frame), frame[1] & 0x80 == 0 else { return [] }
        let data = frame.dropFirst(3).dropLast(2)
        return stride(from: data.startIndex, to: data.endIndex - 1, by: 2).map {
            UInt16(data[$0]) << 8 | UInt16(data[$0 + 1])
        }
    }
}
