package import GatewayModel

/// Somebody who answered.
package struct ScanFinding: Hashable, Sendable {
    package enum Identity: Hashable, Sendable {
        case modbus(unit: UInt8)
        /// A device that was found has these registers.
        case registers(unit: UInt8, table: RegisterTable, address: UInt16, count: Int)
        /// Twelve digits, as printed on the meter.
        case dlt645(address: String)
        /// Fourteen digits, and the type of meter (10H water, 20H heat, 30H gas).
        case cjt188(address: String, type: UInt8)
        /// The secondary address as a config has it: `06855817.KAM.08.04`; empty: it sent no data.
        case mbus(address: UInt8, meter: String)
        /// Answers were garbled, and no further question tells who it was: several meters that cannot be told apart, or
        /// noise.
        case several(ScanProtocol)
    }

    package var identity: Identity
    package var format: SerialFormat
    /// From the end of the request to the begin of the answer; less, when it came too late to be heard as its answer.
    package var turnaround: Nanoseconds
    /// It answered with an exception, which shows that it is there.
    package var refused = false
    /// Of registers that were read, the data bytes.
    package var data: [UInt8] = []

    package init(_ identity: Identity, _ format: SerialFormat, turnaround: Nanoseconds, refused: Bool = false) {
        self.identity = identity
        self.format = format
        self.turnaround = turnaround
        self.refused = refused
    }

    /// One line: who, at which settings, how quick.
    package var text: String {
        let text = "\(identity.text)  \(format.text)  \(turnaround / 1_000_000) ms"
        switch identity {
        case .several: return "\(text)  (garbled: several meters answer at once, or noise; give each its address)"
        case .registers: return text + (refused ? "  -" : "  \(data.hexadecimal)")
        default: return text + (refused ? "  (has no register 0)" : "")
        }
    }
}

extension ScanFinding.Identity {
    /// `modbus:12`, `dlt645:000012345678`, `cjt188:16:00000000123456` (type, number), `m-bus:5:06855817.KAM.08.04`
    package var text: String {
        switch self {
        case .modbus(let unit): "modbus:\(unit)"
        case .registers(let unit, let table, let address, let count):
            "registers:\(unit):\(table.rawValue):\(address):\(count)"
        case .dlt645(let address): "dlt645:\(address)"
        case .cjt188(let address, let type): "cjt188:\(type):\(address)"
        case .mbus(let address, let meter): "m-bus:\(address):\(meter)"
        case .several(let proto): "several:\(proto.rawValue)"
        }
    }

    /// nil: no such text.
    package init?(text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let number = parts.count > 1 ? UInt8(parts[1]) : nil
        switch (parts[0], parts.count) {
        case ("modbus", 2): guard let number else { return nil }; self = .modbus(unit: number)
        case ("dlt645", 2): self = .dlt645(address: parts[1])
        case ("cjt188", 3): guard let number else { return nil }; self = .cjt188(address: parts[2], type: number)
        case ("m-bus", 3): guard let number else { return nil }; self = .mbus(address: number, meter: parts[2])
        case ("several", 2):
            guard let proto = ScanProtocol(rawValue: parts[1]) else { return nil }; self = .several(proto)
        case ("registers", 5):
            guard let number, let table = RegisterTable(rawValue: parts[2]), let address = UInt16(parts[3]),
                let count = Int(parts[4]), (1...125).contains(count)
            else { return nil }
            self = .registers(unit: number, table: table, address: address, count: count)
        default: return nil
        }
    }
}

extension ScanTarget {
    /// `registers:5:holding:0:2`; nil: no such text.
    package init?(registers text: String) {
        guard case .registers(let unit, let table, let address, let count)? = ScanFinding.Identity(text: text) else {
            return nil
        }
        self = .registers(unit: unit, table: table, address: address, count: count)
    }
    /// nil: it asks for something else.
    package var registersText: String? {
        guard case .registers(let unit, let table, let address, let count) = self else { return nil }
        return ScanFinding.Identity.registers(unit: unit, table: table, address: address, count: count).text
    }
}
