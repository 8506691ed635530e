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
    var baud: Int
    /// `8N1`
    var format: String
    var bitsPerCharacter: Int
    /// Characters that are handed over at once, like a UART's FIFO does.
    var chunk: Int
    /// Requests after too short a silence are ignored.
    var strict: Bool
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
    /// Largest reads; more is exception 3.
    var maxRegisters: Int
    var maxBits: Int
    /// Registers that exist beside those of the points; they hold 0.
    var readable: [(table: Table, addresses: ClosedRange<Int>)]
    var points: [PointDefinition]
    var faults: [Fault]
}
