import CLinux
import GatewayModel
import Glibc
import Synchronization

@testable import FieldBus

/// A Modbus TCP server, or a converter with RTU framing, on a free port of this machine; what it says is scripted.
final class TCPMeter: Sendable {
    /// What it does with one request.
    struct Reply: Sendable {
        var bytes: [UInt8] = []
        var delay: Nanoseconds = 0
        var closes = false
    }

    /// - Parameters: the request's bytes as received, and the number of the connection, from 1.
    typealias Script = @Sendable ([UInt8], Int) -> [Reply]

    let port: UInt16
    private let listener: CInt
    private let script: Script
    private let isStopping = Atomic(false)
    private let accepted = Atomic(0)
    private let finished = Atomic(false)

    init(port wanted: UInt16 = 0, _ script: @escaping Script) {
        self.script = script
        listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var yes: CInt = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = wanted.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        port = withUnsafeMutablePointer(to: &address) { [listener] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size)
                getsockname(listener, $0, &size)
            }
            return UInt16(bigEndian: pointer.pointee.sin_port)
        }
        listen(listener, 8)
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<TCPMeter>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        pthread_detach(thread)
    }

    var connections: Int { accepted.load(ordering: .acquiring) }

    func stop() {
        isStopping.store(true, ordering: .releasing)
        while !finished.load(ordering: .acquiring) { usleep(1_000) }
    }

    private func run() {
        var connection: CInt = -1
        while !isStopping.load(ordering: .acquiring) {
            var (knocks, speaks): (Int16, Int16) = (0, 0)
            guard
                CLinux_poll_two(listener, Int16(POLLIN), connection, Int16(POLLIN), 5_000_000, &knocks, &speaks) > 0
            else { continue }
            if knocks != 0 {
                close(connection)
                connection = accept(listener, nil, nil)
                accepted.add(1, ordering: .acquiringAndReleasing)
            } else if speaks != 0, !serve(connection) {
                close(connection)
                connection = -1
            }
        }
        close(connection)
        close(listener)
        finished.store(true, ordering: .releasing)
    }

    private func serve(_ connection: CInt) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 300)
        let count = recv(connection, &buffer, buffer.count, 0)
        guard count > 0 else { return false }
        for reply in script(Array(buffer[..<count]), connections) {
            usleep(UInt32(reply.delay / 1_000))
            if !reply.bytes.isEmpty {
                _ = Glibc.send(connection, reply.bytes, reply.bytes.count, CInt(MSG_NOSIGNAL))
            }
            if reply.closes { return false }
        }
        return true
    }
}

/// A Modbus TCP request: the header, and what an RTU request has between address and check sum.
struct TCPRequest {
    var transaction: UInt16
    var body: MeterRequest

    init?(_ bytes: [UInt8]) {
        guard bytes.count == 12 else { return nil }
        transaction = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
        body = MeterRequest(body: Array(bytes[6...]))
    }

    func answer(transaction: UInt16? = nil, unit: UInt8? = nil, _ register: (Int) -> UInt16) -> [UInt8] {
        let data = body.data(register)
        return framed([unit ?? body.unit, body.function, UInt8(data.count)] + data, transaction)
    }

    func exception(_ code: UInt8) -> [UInt8] { framed([body.unit, body.function | 0x80, code], nil) }

    private func framed(_ bytes: [UInt8], _ transaction: UInt16?) -> [UInt8] {
        let id = transaction ?? self.transaction
        return [UInt8(id >> 8), UInt8(id & 0xFF), 0, 0, 0, UInt8(bytes.count)] + bytes
    }
}
