package import GatewayModel

/// What is asked of a meter that has no registers, and how to reach it.
package struct Inquiry: Hashable, Sendable {
    /// The device's place among those of the bus.
    package var device: Int
    package var address: DeviceAddress
    package var question: MeterQuestion
    /// CJ/T 188: in which order the identifier's bytes travel.
    package var order: IdentifierOrder
    /// CJ/T 188: echoed by the meter, another one each time.
    package var serial: UInt8
    /// The meter's own speed and format; nil: the bus's.
    package var format: SerialFormat?
    /// From the end of a request on the wire to the first byte of its answer.
    package var timeout: Nanoseconds
    /// Silence that the meter needs beyond that of the line.
    package var guardTime: Nanoseconds
}

/// What a meter said.
package struct MeterAnswer: Hashable, Sendable {
    enum Content: Hashable, Sendable {
        /// What follows the identifier (CJ/T 188: the serial number); `header`: how many bytes those are.
        case data([UInt8], header: Int)
        /// M-Bus: of all telegrams of one reading.
        case records([MBusRecord])
    }

    let content: Content

    /// About how many characters it took on the line.
    var characters: Int {
        switch content {
        case .data(let data, let header): data.count + header + 16
        case .records(let records):
            records.reduce(24) { $0 + $1.dataInformation.count + $1.valueInformation.count + $1.raw.count }
        }
    }

    static func data(_ data: [UInt8], header: Int) -> MeterAnswer { MeterAnswer(content: .data(data, header: header)) }
    static func records(_ records: [MBusRecord]) -> MeterAnswer { MeterAnswer(content: .records(records)) }
}
