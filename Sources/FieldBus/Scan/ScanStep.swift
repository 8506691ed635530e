package import GatewayModel

/// One question of a search: to whom, at which settings. Read-only by construction: there is no other kind.
package struct ScanStep: Hashable, Sendable {
    package enum Target: Hashable, Sendable {
        /// Reads holding register 0; whoever is there answers with it or with an exception (V1.1b3, 6.3).
        case modbus(unit: UInt8)
        /// Asks whoever is on the line for its address (DL/T 645-2007, 7.2.3: control code 13H).
        case dlt645
        /// The same of CJ/T 188 (CTR_3, read address), any type of meter; meters take an identifier's bytes in one order.
        case cjt188(IdentifierOrder)
        /// REQ_UD2 to a primary address (EN 13757-2, 5.7.3).
        case mbus(address: UInt8)
    }

    package var target: Target
    package var format: SerialFormat
    /// From the end of the request to the begin of the answer.
    package var timeout: Nanoseconds

    package init(_ target: Target, _ format: SerialFormat, timeout: Nanoseconds) {
        self.target = target
        self.format = format
        self.timeout = timeout
    }

    package var request: [UInt8] {
        switch target {
        case .modbus(let unit): ReadRequest(unit: unit, table: .holding, address: 0, count: 1).rtuFrame
        case .dlt645: DLT645Frame.preamble + DLT645Request.readAddress.frame(to: Self.anyMeter(6)).bytes
        case .cjt188(let order):
            CJT188Frame.preamble
                + CJT188Request.readAddress(order, serial: 0).frame(to: Self.anyMeter(7), type: 0xAA).bytes
        case .mbus(let address): MBusRequest.readData(address: address, toggle: true).frame.bytes
        }
    }

    static func anyMeter(_ bytes: Int) -> MeterNumber { MeterNumber(wireBytes: [UInt8](repeating: 0xAA, count: bytes)) }

    /// How long it keeps the line when nobody answers: silence, request, timeout.
    package var cost: Nanoseconds {
        let baud = Int64(max(format.baud, 1))
        let characters = Int64(request.count) + 4
        return characters * Int64(format.bitsPerCharacter) * 1_000_000_000 / baud + timeout
    }
}

/// Somebody who answered.
package struct ScanFinding: Hashable, Sendable {
    package enum Identity: Hashable, Sendable {
        case modbus(unit: UInt8)
        /// Twelve digits, as printed on the meter.
        case dlt645(address: String)
        /// Fourteen digits, and the type of meter (10H water, 20H heat, 30H gas).
        case cjt188(address: String, type: UInt8)
        case mbus(address: UInt8)
    }

    package var identity: Identity
    package var format: SerialFormat
    /// From the end of the request to the begin of the answer.
    package var turnaround: Nanoseconds
    /// It answered with an exception, which shows that it is there.
    package var refused = false

    package init(_ identity: Identity, _ format: SerialFormat, turnaround: Nanoseconds, refused: Bool = false) {
        self.identity = identity
        self.format = format
        self.turnaround = turnaround
        self.refused = refused
    }

    /// One line: who, at which settings, how quick.
    package var text: String {
        "\(identity.text)  \(format.text)  \(turnaround / 1_000_000) ms" + (refused ? "  (has no register 0)" : "")
    }
}
