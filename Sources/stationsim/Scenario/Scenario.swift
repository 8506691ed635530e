import SerialLine

/// A whole station: what it measures, what hangs on which line, what goes wrong when.
struct Scenario: Sendable {
    var name: String
    var seed: UInt64
    /// How often the signals move.
    var tick: Nanoseconds
    var signals: [SignalDefinition]
    var buses: [BusDefinition]
}

struct BusDefinition: Sendable {
    var id: String
    var medium: Medium
    var devices: [DeviceDefinition]
    /// Of the line itself.
    var faults: [Fault]

    enum Medium: Sendable {
        case serial(SerialDefinition)
        case tcp(TCPDefinition)
    }
}

struct SerialDefinition: Sendable {
    /// What the line is meant to have: of devices that say nothing else, and of the port until its program sets others.
    var settings: SerialSettings
    /// Characters that are handed over at once, like a UART's FIFO does.
    var chunk: Int
    /// Requests after too short a silence are ignored.
    var strict: Bool
    var condition: WireCondition
    /// The gateway's wires are swapped.
    var isSwapped: Bool
    /// In place of what the program at the port sets; nil: what it sets.
    var port: SerialSettings?
    /// Other masters on the same line.
    var masters: [MasterDefinition]
    /// What the port looks like beside `DIR/BUS`; nil: nothing.
    var adapter: AdapterDefinition?
}

/// Another program that asks on the same line, without looking whether somebody else does.
struct MasterDefinition: Sendable {
    var id: String
    var settings: SerialSettings
    /// From the start of one request to the start of the next.
    var every: Nanoseconds
    var from: Nanoseconds
    var to: Nanoseconds
    /// Whole frames, asked in turn.
    var requests: [[UInt8]]
}

/// The names under which udev shows the port of a USB adapter.
struct AdapterDefinition: Hashable, Sendable {
    /// `DIR/dev/NAME`, such as `ttyUSB0`: whatever number was free.
    var device: String
    /// `DIR/dev/serial/by-id/NAME`: maker, product and serial number.
    var id: String?
    /// `DIR/dev/serial/by-path/NAME`: the socket it is plugged into.
    var path: String?
}

struct TCPDefinition: Sendable {
    /// Dotted IPv4.
    var host: String
    /// 0: any free one.
    var port: UInt16
    /// RTU frames with CRC instead of the Modbus TCP header.
    var rtuFraming: Bool
}

struct DeviceDefinition: Sendable {
    var id: String
    var unit: UInt8
    /// From the end of a request to the first character of the answer.
    var turnaround: Nanoseconds
    /// The turnaround differs by at most this much, evenly.
    var jitter: Nanoseconds
    var functions: Set<UInt8>
    var wiring: Wiring
    /// Largest reads; more is exception 3.
    var maxRegisters: Int
    var maxBits: Int
    /// Registers that exist beside those of the points; they hold 0.
    var readable: [(table: Table, addresses: ClosedRange<Int>)]
    var points: [PointDefinition]
    /// It is asked for these, and not for registers; nil: a Modbus slave.
    var meter: MeterDefinition?
    var faults: [Fault]
}

/// How a device hangs on its line.
struct Wiring: Hashable, Sendable {
    /// What its UART is set to.
    var settings: SerialSettings
    /// A and B swapped.
    var isSwapped = false
    /// Takes characters with parity or framing errors as they are, instead of dropping the frame.
    var isTolerant = false
}
