/// The checked board configuration: everything has its value, every name resolves. Made by BoardConfig only.
package struct GatewayConfiguration: Hashable, Sendable {
    /// `[a-z0-9][a-z0-9-]{0,62}`
    package var gatewayID: String
    /// For people; empty when not given.
    package var name: String
    /// IANA name, default `Asia/Shanghai`. Only for people's eyes: everything stored is UTC.
    package var timezone: String
    package var board: BoardDescription
    package var buses: [BusConfiguration]
    package var devices: [DeviceConfiguration]
    package var inputs: [InputConfiguration] = []
    package var outputs: [OutputConfiguration] = []
    /// All points of all devices, then those of `io` and `gateway`; `points[i].index == i`.
    package var points: [PointDefinition]
    /// Those of the config, then `comm:DEVICE` of every device.
    package var alarms: [AlarmRule] = []
    package var store: StoreConfiguration
    package var uplinks: [UplinkConfiguration]
    /// SHA-256 of the config file's bytes, hexadecimal.
    package var hash: String

    package init(
        gatewayID: String, name: String = "", timezone: String = "Asia/Shanghai", board: BoardDescription,
        buses: [BusConfiguration], devices: [DeviceConfiguration], points: [PointDefinition],
        store: StoreConfiguration = .init(), uplinks: [UplinkConfiguration], hash: String
    ) {
        self.gatewayID = gatewayID
        self.name = name
        self.timezone = timezone
        self.board = board
        self.buses = buses
        self.devices = devices
        self.points = points
        self.store = store
        self.uplinks = uplinks
        self.hash = hash
    }
}

/// What of a board file the agent uses so far.
package struct BoardDescription: Hashable, Sendable {
    package var name: String
    /// The board has a battery-backed clock: its time is believed at boot unless it is behind the last known time.
    package var hasBatteryClock: Bool
    /// Fed by the daemon itself where no service manager does; nil: the board file names none.
    package var watchdog: WatchdogDescription?
    /// Active when the supply fails, with what the board's capacitors hold still to come; nil: the board has none.
    package var powerFail: LineDescription?
    package var leds: [LEDDescription]

    package init(
        name: String, hasBatteryClock: Bool = false, watchdog: WatchdogDescription? = nil,
        powerFail: LineDescription? = nil, leds: [LEDDescription] = []
    ) {
        self.name = name
        self.hasBatteryClock = hasBatteryClock
        self.watchdog = watchdog
        self.powerFail = powerFail
        self.leds = leds
    }
}

/// What a light of the board tells who stands before it; BoardConfigs/README.md says how.
package enum BoardSign: String, CaseIterable, Sendable {
    case run, fault, uplink
}

package struct LEDDescription: Hashable, Sendable {
    package var sign: BoardSign
    /// `/sys/class/leds/NAME`.
    package var path: String

    package init(sign: BoardSign, path: String) {
        self.sign = sign
        self.path = path
    }
}

package struct WatchdogDescription: Hashable, Sendable {
    /// `/dev/watchdog0` or the like.
    package var path: String
    /// Unfed for that long, it resets the machine; 1 s ... 600 s, whole seconds.
    package var timeout: Nanoseconds

    package init(path: String, timeout: Nanoseconds) {
        self.path = path
        self.timeout = timeout
    }
}

package enum Parity: String, CaseIterable, Sendable {
    case none = "N"
    case even = "E"
    case odd = "O"
}

package struct SerialFormat: Hashable, Sendable {
    /// Bits per second, 300...921600.
    package var baud: Int
    /// 7 or 8. Modbus RTU needs 8.
    package var dataBits: Int
    package var parity: Parity
    /// 1 or 2.
    package var stopBits: Int

    package init(baud: Int = 9600, dataBits: Int = 8, parity: Parity = .none, stopBits: Int = 1) {
        self.baud = baud
        self.dataBits = dataBits
        self.parity = parity
        self.stopBits = stopBits
    }

    /// Start bit, data bits, parity bit, stop bits.
    package var bitsPerCharacter: Int { 1 + dataBits + (parity == .none ? 0 : 1) + stopBits }

    /// `9600 8N1`
    package var text: String { "\(baud) \(dataBits)\(parity.rawValue)\(stopBits)" }
}

package enum BusConnection: Hashable, Sendable {
    /// `path`: the device path of the port, resolved from the board file.
    case serial(path: String, format: SerialFormat)
    case modbusTCP(host: String, port: UInt16)
    case rtuOverTCP(host: String, port: UInt16)
}

package struct BusConfiguration: Hashable, Sendable {
    package var id: String
    package var connection: BusConnection
    /// From the computed end of the request on the wire to the first byte of the answer, 10 ms ... 60 s.
    package var responseTimeout: Nanoseconds
    /// Another master polls this bus: nothing is sent on it, and readings are made of what is heard.
    package var isListenOnly = false

    package init(
        id: String, connection: BusConnection, responseTimeout: Nanoseconds = .milliseconds(500),
        isListenOnly: Bool = false
    ) {
        self.isListenOnly = isListenOnly
        self.id = id
        self.connection = connection
        self.responseTimeout = responseTimeout
    }
}

package struct DeviceConfiguration: Hashable, Sendable {
    package var id: String
    package var bus: String
    package var address: DeviceAddress
    /// Speed and format while this device is spoken to; nil: the bus's own.
    package var format: SerialFormat?
    /// The value by which the device is known from another of its kind; nil: it has none.
    package var identity: PointSource?
    /// nil: the device was described without a template.
    package var template: String?
    /// Largest read that the device accepts, in registers, 1...125.
    package var maxRegisters: Int
    /// Largest read of coils or discrete inputs, 1...2000.
    package var maxBits: Int
    /// Silence that the device needs before a request, beyond 3.5 characters; 0: none.
    package var guardTime: Nanoseconds
    /// nil: the bus's own.
    package var responseTimeout: Nanoseconds?
    /// Further tries after a failed request in the same turn, 0...3.
    package var retries: Int
    /// From the end of a request to the first byte of the answer, as the template knows it; the first guess before
    /// the device has been measured.
    package var typicalTurnaround: Nanoseconds
    /// Addresses that no request may run across, by the template; what is learnt comes to it.
    package var refusedGaps: [RefusedGap]
    /// Indices into `GatewayConfiguration.points`.
    package var points: Range<PointIndex>

    package init(
        id: String, bus: String, address: DeviceAddress, format: SerialFormat? = nil, identity: PointSource? = nil,
        template: String? = nil, maxRegisters: Int = 125, maxBits: Int = 2000, guardTime: Nanoseconds = 0,
        responseTimeout: Nanoseconds? = nil, retries: Int = 0,
        typicalTurnaround: Nanoseconds = .milliseconds(20), refusedGaps: [RefusedGap] = [], points: Range<PointIndex>
    ) {
        self.id = id
        self.bus = bus
        self.address = address
        self.format = format
        self.identity = identity
        self.template = template
        self.maxRegisters = maxRegisters
        self.maxBits = maxBits
        self.guardTime = guardTime
        self.responseTimeout = responseTimeout
        self.retries = retries
        self.typicalTurnaround = typicalTurnaround
        self.refusedGaps = refusedGaps
        self.points = points
    }

    /// A Modbus device.
    package init(
        id: String, bus: String, unit: UInt8, template: String? = nil, maxRegisters: Int = 125, maxBits: Int = 2000,
        guardTime: Nanoseconds = 0, responseTimeout: Nanoseconds? = nil, retries: Int = 0,
        typicalTurnaround: Nanoseconds = .milliseconds(20), refusedGaps: [RefusedGap] = [], points: Range<PointIndex>
    ) {
        self.init(
            id: id, bus: bus, address: .modbus(unit: unit), template: template, maxRegisters: maxRegisters,
            maxBits: maxBits, guardTime: guardTime, responseTimeout: responseTimeout, retries: retries,
            typicalTurnaround: typicalTurnaround, refusedGaps: refusedGaps, points: points)
    }

    /// Modbus unit id; 0 of a device that is no Modbus device.
    package var unit: UInt8 {
        if case .modbus(let unit) = address { unit } else { 0 }
    }
}

package struct StoreConfiguration: Hashable, Sendable {
    /// Bytes, 1 MiB ... 64 GiB: what the store's files may take on disk, journal included.
    package var size: Int64
    /// Batches older than this are dropped, with a gap record.
    package var age: Nanoseconds
    /// The longest time that a reading waits in the open batch, 1 s ... 1 h.
    package var seal: Nanoseconds

    package init(
        size: Int64 = 256 << 20, age: Nanoseconds = .seconds(90 * 86_400), seal: Nanoseconds = .seconds(10)
    ) {
        self.size = size
        self.age = age
        self.seal = seal
    }
}
