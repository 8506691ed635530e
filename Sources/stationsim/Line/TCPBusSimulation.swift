import Glibc

/// One bus behind a TCP port: Modbus TCP, or RTU frames with CRC over TCP. Lives on one thread.
///
/// Each slave takes its turnaround, as one behind a gateway does; requests of several connections do not wait for each
/// other, those of one connection are answered as their slaves get ready.
struct TCPBusSimulation {
    let bus: BusDefinition
    let tcp: TCPDefinition
    let context: BusContext
    /// Where the chosen port number is written.
    let portFile: String
    var rack: SlaveRack
    var random: SeededRandom

    var listener: ListeningSocket?
    /// 0 until the first time that it listened; from then on it stays the same.
    var port: UInt16
    /// By descriptor.
    var connections: [CInt: Connection] = [:]
    /// Sorted by moment.
    var outgoing: [Answer] = []
    var nextSerial = 0
    var nextTry: Nanoseconds = 0

    /// More are turned away.
    static let maximumConnections = 16

    struct Connection {
        /// A descriptor's number comes back; this does not.
        var serial: Int
        /// Bytes of a request that is not complete yet; at most 600.
        var buffer: [UInt8] = []
    }

    struct Answer {
        var moment: Nanoseconds
        var connection: CInt
        var serial: Int
        var bytes: [UInt8]
        var reply: Reply
    }

    init(_ bus: BusDefinition, _ tcp: TCPDefinition, directory: String, context: BusContext) {
        self.bus = bus
        self.tcp = tcp
        self.context = context
        port = tcp.port
        portFile = "\(directory)/\(bus.id).port"
        rack = SlaveRack(bus.devices, seed: context.seed, board: context.board)
        random = SeededRandom(seed: context.seed, stream: "line \(bus.id)")
    }

    /// Listens and writes the port file, to be called before ``run()``.
    mutating func open() throws(SocketError) {
        let fresh = try ListeningSocket(host: tcp.host, port: port)
        port = fresh.port
        listener = fresh
        try fresh.writePort(to: portFile)
    }

    /// Works until the stop signal.
    mutating func run() {
        while true {
            let now = Clock.monotonic()
            followPortFault(now)
            deliver(now)
            var sockets = [context.stop.descriptor, listener?.descriptor ?? -1] + connections.keys
            wait(for: &sockets, until: [outgoing.first?.moment, nextPortChange()].compactMap { $0 }.min())
            for descriptor in sockets {
                if descriptor == context.stop.descriptor {
                    closeAll()
                    unlink(portFile)
                    return
                }
                if descriptor == listener?.descriptor { accept() } else { receive(descriptor) }
            }
        }
    }

    /// Leaves in `sockets` those with news. A last wait below a millisecond looks at none of them.
    private func wait(for sockets: inout [CInt], until deadline: Nanoseconds?) {
        let left = deadline.map { max(0, $0 - Clock.monotonic()) }
        if let left, left > 0, left < 1_000_000 {
            var rest = timespec(tv_sec: 0, tv_nsec: Int(left))
            nanosleep(&rest, nil)
            sockets = []
            return
        }
        var polled = sockets.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let timeout = left.map { CInt(min($0 / 1_000_000, 60_000)) } ?? -1
        let count = poll(&polled, nfds_t(polled.count), timeout)
        sockets = count > 0 ? polled.filter { $0.revents != 0 }.map(\.fd) : []
    }

    private mutating func accept() {
        while let descriptor = listener?.accept() {
            guard connections.count < Self.maximumConnections else {
                close(descriptor)
                continue
            }
            nextSerial += 1
            connections[descriptor] = Connection(serial: nextSerial)
        }
    }

    mutating func drop(_ descriptor: CInt) {
        connections[descriptor] = nil
        outgoing.removeAll { $0.connection == descriptor }
        close(descriptor)
    }

    private mutating func closeAll() {
        for descriptor in connections.keys { drop(descriptor) }
        listener = nil
    }

    private mutating func followPortFault(_ now: Nanoseconds) {
        let isGone = bus.portFault(at: now - context.start) != nil
        if isGone, listener != nil {
            closeAll()
            context.truth?.event("port-gone", bus: bus.id, device: nil, at: Clock.realtime())
        } else if !isGone, listener == nil, now >= nextTry {
            do throws(SocketError) {
                try open()
                context.truth?.event("port-back", bus: bus.id, device: nil, at: Clock.realtime())
            } catch {
                nextTry = now + 1_000_000_000
            }
        }
    }

    private func nextPortChange() -> Nanoseconds? {
        let now = Clock.monotonic()
        let retry = listener == nil && nextTry > now ? nextTry : nil
        return [bus.nextPortChange(after: now - context.start).map { $0 + context.start }, retry].compactMap { $0 }
            .min()
    }
}
