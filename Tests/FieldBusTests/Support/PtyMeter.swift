import CLinux
import GatewayModel
import Glibc
import SerialLine
import Synchronization

@testable import FieldBus

/// What a meter sends, and when.
struct MeterReply: Sendable {
    var bytes: [UInt8]
    /// After the request has left the line.
    var delay: Nanoseconds = 0
}

extension [MeterReply] {
    static func now(_ bytes: [UInt8]) -> Self { [MeterReply(bytes: bytes)] }
    static func after(_ delay: Nanoseconds, _ bytes: [UInt8]) -> Self { [MeterReply(bytes: bytes, delay: delay)] }
}

/// Meters on the far end of a PTY, on a thread of their own, with raw bytes from a script.
///
/// With a baud rate, requests and answers take the time that they would take on the wire, byte by byte.
final class PtyMeter: Sendable {
    typealias Script = @Sendable (MeterRequest) -> [MeterReply]

    let path: String
    private let terminal: PseudoTerminal
    private let line: LineTiming?
    private let script: Script
    private let isStrict: Bool
    private let chunk: Int
    private let isStopping = Atomic(false)
    private let seen = Mutex<[MeterRequest]>([])
    private let ignored = Mutex(0)
    private let received = Mutex(0)
    private let finished = Mutex(false)

    /// - Parameters:
    ///   - isStrict: ignores requests that come before 3.5 characters of silence.
    ///   - chunk: bytes that are handed over at once, as a UART with a buffer does.
    init(baud: Int? = nil, isStrict: Bool = false, chunk: Int = 1, script: @escaping Script) throws {
        terminal = try PseudoTerminal()
        path = terminal.slavePath
        line = baud.map { LineTiming(baud: $0) }
        self.script = script
        self.isStrict = isStrict
        self.chunk = chunk
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<PtyMeter>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        pthread_detach(thread)
    }

    /// Sound requests in the order of their arrival, ignored ones included.
    var requests: [MeterRequest] { seen.withLock { $0 } }
    var ignoredRequests: Int { ignored.withLock { $0 } }
    /// Whatever was written to the line by others.
    var bytesReceived: Int { received.withLock { $0 } }

    /// Ends the thread; with the last reference the PTY is gone, too.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        while !finished.withLock({ $0 }) { usleep(1_000) }
    }

    /// Puts bytes on the line that nobody asked for.
    func send(_ bytes: [UInt8]) { _ = terminal.write(bytes) }

    private var now: Int64 { SystemTime().bootTime().nanoseconds }

    /// Bytes that leave at a moment of their own.
    private struct Outgoing {
        var moment: Int64
        var bytes: [UInt8]
    }

    private func run() {
        CLinux_set_timer_slack(1)
        var frame: [UInt8] = []
        var arrival: Int64 = 0
        var lineFree: Int64 = 0
        var outgoing: [Outgoing] = []
        /// When the unit has said all that it was asked for: it answers in order.
        var unitFree: [UInt8: Int64] = [:]
        while !isStopping.load(ordering: .acquiring) {
            while let first = outgoing.first, first.moment <= now {
                _ = terminal.write(first.bytes)
                // The moment at which a line would have carried it, however late this thread is.
                lineFree = max(lineFree, first.moment)
                outgoing.removeFirst()
            }
            var ready: Int16 = 0
            let patience = min(5_000_000, max(0, (outgoing.first?.moment ?? .max) - now))
            guard CLinux_poll_one(terminal.master, Int16(POLLIN), patience, &ready) > 0 else { continue }
            var chunk = [UInt8](repeating: 0, count: 256)
            let count = chunk.withUnsafeMutableBytes { terminal.read(into: $0) }
            guard count > 0 else { continue }
            received.withLock { $0 += count }
            if frame.isEmpty { arrival = now }
            frame += chunk[..<count]
            guard frame.count >= 8 else { continue }
            defer { frame = [] }
            let silence = arrival - lineFree
            let end = arrival + (line?.characters(frame.count) ?? 0)
            lineFree = max(lineFree, end)
            guard var request = MeterRequest(rtu: frame) else { continue }
            request.silence = silence
            request.arrival = arrival
            seen.withLock { $0.append(request) }
            if isStrict, let line, silence < line.frameSilence {
                ignored.withLock { $0 += 1 }
                continue
            }
            var free = max(end, unitFree[request.unit] ?? end)
            for reply in script(request) {
                free = max(free, end + reply.delay)
                for part in parts(reply.bytes) {
                    free += line?.characters(part.count) ?? 0
                    outgoing.append(Outgoing(moment: free, bytes: part))
                }
            }
            unitFree[request.unit] = free
            outgoing.sort { $0.moment < $1.moment }
        }
        finished.withLock { $0 = true }
    }

    /// In portions at a baud rate, else at once.
    private func parts(_ bytes: [UInt8]) -> [[UInt8]] {
        guard line != nil else { return [bytes] }
        return stride(from: 0, to: bytes.count, by: chunk).map { Array(bytes[$0..<min($0 + chunk, bytes.count)]) }
    }
}
