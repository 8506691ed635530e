internal import GatewayModel
internal import SerialLine

/// Opens what a bus is connected by, again and again.
struct LinkOpener {
    private let connection: BusConnection
    private let lookup: NameLookup?
    private let wait: LineWait
    private let recorder: FlightRecorder
    /// The port that was opened first.
    private var hardware: PortHardware?
    private let hardwareOf: (SerialPort) -> PortHardware?

    /// A connect that takes longer is given up.
    static let connectTimeout: Nanoseconds = .seconds(3)

    /// - Parameter hardwareOf: what the kernel tells of a port.
    init(
        _ connection: BusConnection, wait: LineWait, recorder: FlightRecorder = FlightRecorder(),
        hardwareOf: @escaping (SerialPort) -> PortHardware? = { $0.hardware }
    ) {
        self.connection = connection
        self.hardwareOf = hardwareOf
        self.wait = wait
        self.recorder = recorder
        switch connection {
        case .serial: lookup = nil
        case .modbusTCP(let host, let port), .rtuOverTCP(let host, let port):
            lookup = NameLookup(host: host, port: port)
        }
    }

    /// Blocks until the link is open, refused, or the thread is told to stop.
    mutating func open() throws(TCPConnection.Failure) -> any BusLink {
        let link: (any BusLink)?
        switch connection {
        case .serial(let path, let format): link = try openSerial(path, format)
        case .modbusTCP: link = TCPLink(try connect(), wait: wait, recorder: recorder)
        case .rtuOverTCP:
            link = RTULink(try connect(), wait: wait, recorder: recorder)
        }
        guard let link else {
            throw .refused(LinkError(description: "the process has too many files open for libmodbus (1,024)"))
        }
        return link
    }

    private mutating func openSerial(_ path: String, _ format: SerialFormat) throws(TCPConnection.Failure) -> RTULink? {
        let port: SerialPort
        do {
            port = try SerialPort(path: path, settings: SerialSettings(format))
        } catch {
            throw .refused(LinkError(description: error.description))
        }
        if let reason = swapped(port) { throw .refused(reason) }
        return RTULink(port: port, format: format, wait: wait, recorder: recorder)
    }

    /// Another adapter under the old name has another line behind it: its devices would be taken for those of this one.
    /// A name by the socket means whatever is plugged in there. nil: it is the port that was opened first.
    private mutating func swapped(_ port: SerialPort) -> LinkError? {
        guard !port.path.contains(text: "/by-path/"), let found = hardwareOf(port) else { return nil }
        guard let first = hardware else {
            hardware = found
            return nil
        }
        if found.isSame(as: first) { return nil }
        return LinkError(
            description:
                "\(port.path): another adapter (\(found)) in place of \(first) has this name now; it is not used. "
                + "Name the port by /dev/serial/by-id/... or by-path/..., or restart the daemon if it is meant")
    }

    private func connect() throws(TCPConnection.Failure) -> TCPConnection {
        guard let lookup else { throw .refused(LinkError(description: "not a network connection")) }
        switch lookup.resolve(until: wait.now + Self.connectTimeout, wait: wait) {
        case nil: throw .stopped
        case .failed(let reason):
            throw .refused(LinkError(description: "\(lookup.name): \(reason); check the host name"))
        case .found(let address):
            return try TCPConnection(to: address, timeout: Self.connectTimeout, wait: wait)
        }
    }
}
