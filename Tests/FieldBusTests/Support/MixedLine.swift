import CLinux
import GatewayModel
import Glibc
import SerialLine
import Synchronization

/// Meters of any protocol on the far end of a PTY, on a thread of their own: whole requests in, answers out, without pace.
///
/// A request is what came until nothing more did for 3 ms. A meter hears it only if the line is set to its baud rate.
final class MixedLine: Sendable {
    struct Meter: Sendable {
        /// nil: any.
        var baud: Int?
        /// The bytes that came, preamble taken off; nil: not for it. An empty answer: heard, but silent.
        var answer: @Sendable ([UInt8]) -> [UInt8]?
    }

    /// A request, and the baud rate at which it was sent.
    struct Heard: Hashable, Sendable {
        var bytes: [UInt8]
        var baud: Int
    }

    let path: String
    private let terminal: PseudoTerminal
    private let meters: [Meter]
    private let isStopping = Atomic(false)
    private let isOver = Atomic(false)
    private let log = Mutex<[Heard]>([])

    init(_ meters: [Meter]) throws {
        terminal = try PseudoTerminal()
        path = terminal.slavePath
        self.meters = meters
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<MixedLine>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        pthread_detach(thread)
    }

    var heard: [Heard] { log.withLock { $0 } }

    /// Ends the thread; with the last reference the PTY is gone, too.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        while !isOver.load(ordering: .acquiring) { usleep(1_000) }
    }

    private func run() {
        var request: [UInt8] = []
        while !isStopping.load(ordering: .acquiring) {
            var ready: Int16 = 0
            guard CLinux_poll_one(terminal.master, Int16(POLLIN), 3_000_000, &ready) > 0 else {
                if !request.isEmpty { take(request) }
                request = []
                continue
            }
            var chunk = [UInt8](repeating: 0, count: 256)
            let count = chunk.withUnsafeMutableBytes { terminal.read(into: $0) }
            request += chunk[..<count]
        }
        isOver.store(true, ordering: .releasing)
    }

    private func take(_ request: [UInt8]) {
        let baud = self.baud
        log.withLock { $0.append(Heard(bytes: request, baud: baud)) }
        let frame = Array(request.drop { $0 == 0xFE })
        for meter in meters where meter.baud ?? baud == baud {
            if let answer = meter.answer(frame) { _ = terminal.write(answer) }
        }
    }

    /// What the master has set: both ends of a PTY share their settings.
    private var baud: Int {
        var settings = termios()
        guard tcgetattr(terminal.master, &settings) == 0 else { return 0 }
        let known: [(speed_t, Int)] = [
            (speed_t(B1200), 1_200), (speed_t(B2400), 2_400), (speed_t(B4800), 4_800), (speed_t(B9600), 9_600),
            (speed_t(B19200), 19_200), (speed_t(B115200), 115_200),
        ]
        let speed = cfgetospeed(&settings)
        return known.first { $0.0 == speed }?.1 ?? 0
    }
}

extension MixedLine.Meter {
    /// Answers exactly one request with exactly one answer.
    static func fixed(_ request: [UInt8], _ answer: [UInt8], baud: Int? = 2_400) -> Self {
        let frame = Array(request.drop { $0 == 0xFE })
        return Self(baud: baud) { $0 == frame ? answer : nil }
    }

    /// A Modbus meter whose register `n` holds `n`.
    static func modbus(unit: UInt8, baud: Int = 9_600) -> Self {
        Self(baud: baud) { bytes in
            guard let request = MeterRequest(rtu: bytes), request.unit == unit else { return nil }
            return request.answer { UInt16(truncatingIfNeeded: $0) }
        }
    }

    /// A CJ/T 188 meter: the vector's answer with the serial number of the request.
    static func cjt188(_ answer: [UInt8], order: [UInt8], baud: Int? = 2_400) -> Self {
        let frame = Array(answer.drop { $0 == 0xFE })
        return Self(baud: baud) { bytes in
            guard bytes.count == 16, bytes[9] == 1, Array(bytes[1..<9]) == Array(frame[1..<9]),
                Array(bytes[11..<13]) == order
            else { return nil }
            var said = Array(frame.dropLast(2))
            said.replaceSubrange(11..<14, with: bytes[11..<14])
            return [0xFE, 0xFE] + said + [said.reduce(0, &+), 0x16]
        }
    }
}
