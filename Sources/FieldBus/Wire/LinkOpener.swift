internal import GatewayModel
internal import SerialLine

/// Opens what a bus is connected by, again and again.
struct LinkOpener {
    private let connection: BusConnection
    private let lookup: NameLookup?
    private let wait: LineWait
    private let recorder: FlightRecorder

    /// A connect that takes longer is given up.
    static let connectTimeout: Nanoseconds = .seconds(3)

    init(_ connection: BusConnection, wait: LineWait, recorder: FlightRecorder = FlightRecorder()) {
        self.connection = connection
        self.wait = wait
        self.recorder = recorder
        switch connection {
        case .serial: lookup = nil
        case .modbusTCP(let host, let port), .rtuOverTCP(let host, let port):
            lookup = NameLookup(host: host, port: port)
        }
    }

    /// Blocks until the link is open, refused, or the thread is told to stop.
    func open() throws(TCPConnection.Failure) -> any BusLink {
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

    private func openSerial(_ path: String, _ format: SerialFormat) throws(TCPConnection.Failure) -> RTULink? {
        let port: SerialPort
        do {
            port = try SerialPort(path: path, settings: SerialSettings(format))
        } catch {
            throw .refused(LinkError(description: error.description))
        }
        return RTULink(port: port, format: format, wait: wait, recorder: recorder)
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
