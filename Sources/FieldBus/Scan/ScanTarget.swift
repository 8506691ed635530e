package import GatewayModel

/// Whom a question of a search is for, and what it asks. Read-only by construction: there is no other kind.
package enum ScanTarget: Hashable, Sendable {
    /// Reads holding register 0; whoever is there answers with it or with an exception (V1.1b3, 6.3).
    case modbus(unit: UInt8)
    /// Reads registers of a device that was found, to see whether it has them.
    case registers(unit: UInt8, table: RegisterTable, address: UInt16, count: Int)
    /// Whoever has these last digits; the pairs before them are AA. Without any, the meter's address is asked for
    /// (DL/T 645-2007, control code 13H), which the standard has for one meter on the line; with some, the total of
    /// energy (11H), for which it allows shortened addresses. A refusal tells the address, too.
    case dlt645(MeterNumber)
    /// Asks any CJ/T 188 meter of any type for its current data, which every meter has, or for its address (CTR_3).
    /// Meters take an identifier's bytes in one order. Shortened addresses are not in that standard.
    case cjt188(IdentifierOrder, data: Bool)
    /// REQ_UD2 to a primary address (EN 13757-2, 5.7.3); at 254 every meter answers.
    case mbus(address: UInt8)
    /// Selects all meters whose number this is, F for any digit (EN 13757-3, 8.2): E5 says that there is one.
    case mbusSelect(MeterNumber)
    /// REQ_UD2 to whoever was selected by it.
    case mbusRead(MeterNumber)

    static let anyDLT645 = ScanTarget.dlt645(any(6))
    static let anyMBus = ScanTarget.mbus(address: MBusRequest.any)
    static let everyMBusNumber = MeterNumber(wireBytes: [0xFF, 0xFF, 0xFF, 0xFF])

    static func any(_ bytes: Int) -> MeterNumber { MeterNumber(wireBytes: [UInt8](repeating: 0xAA, count: bytes)) }

    /// How the bytes that come are read.
    package var proto: ScanProtocol {
        switch self {
        case .modbus, .registers: .modbus
        case .dlt645: .dlt645
        case .cjt188: .cjt188
        case .mbus, .mbusSelect, .mbusRead: .mbus
        }
    }

    /// More than one may answer, one after another or at once.
    var isForMany: Bool {
        switch self {
        case .dlt645, .cjt188, .mbusSelect: true
        case .mbus(let address): address == MBusRequest.any
        case .modbus, .registers, .mbusRead: false
        }
    }

    var request: [UInt8] {
        switch self {
        case .modbus(let unit): ReadRequest(unit: unit, table: .holding, address: 0, count: 1).rtuFrame
        case .registers(let unit, let table, let address, let count):
            ReadRequest(unit: unit, table: table, address: address, count: count).rtuFrame
        case .dlt645(let number): DLT645Frame.preamble + Self.dlt645Request(number).frame(to: number).bytes
        case .cjt188(let order, let data):
            CJT188Frame.preamble
                + Self.cjt188Request(order, data: data).frame(to: Self.any(7), type: CJT188Frame.anyType).bytes
        case .mbus(let address): MBusRequest.readData(address: address, toggle: true).frame.bytes
        case .mbusSelect(let number): MBusRequest.select(MBusSecondaryAddress(number: number)).frame.bytes
        case .mbusRead: MBusRequest.readData(address: MBusRequest.selected, toggle: true).frame.bytes
        }
    }

    static func dlt645Request(_ number: MeterNumber) -> DLT645Request {
        number == any(6) ? .readAddress : .read(0x0001_0000)
    }

    static func cjt188Request(_ order: IdentifierOrder, data: Bool) -> CJT188Request {
        data ? .read(0x901F, order, serial: 0) : .readAddress(order, serial: 0)
    }

    // MARK: - Several at once

    /// Questions that tell those apart who answered this one together; empty: there is none.
    var parts: [ScanTarget] {
        switch self {
        case .dlt645(let number):
            guard let place = number.wireBytes.firstIndex(of: 0xAA) else { return [] }
            return (0..<100).map { .dlt645(number.replacing(place, with: UInt8(($0 / 10) << 4 | $0 % 10))) }
        case .mbusRead(let number):
            // The first digit travels last, in the high half.
            guard let place = number.wireBytes.lastIndex(where: { $0 & 15 == 15 }) else { return [] }
            let byte = number.wireBytes[place]
            return (0..<10).map { digit in
                .mbusSelect(
                    number.replacing(place, with: byte >> 4 == 15 ? UInt8(digit << 4) | 15 : byte & 0xF0 | UInt8(digit))
                )
            }
        default: return []
        }
    }
}

extension MeterNumber {
    fileprivate func replacing(_ place: Int, with byte: UInt8) -> MeterNumber {
        var bytes = wireBytes
        bytes[place] = byte
        return MeterNumber(wireBytes: bytes)
    }
}

/// What a search speaks.
package enum ScanProtocol: String, CaseIterable, Sendable {
    case modbus, dlt645, cjt188
    case mbus = "m-bus"
}
