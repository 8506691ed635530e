@testable import FieldBus

/// A read request as a meter sees it.
struct MeterRequest: Sendable {
    var unit: UInt8
    var function: UInt8
    var address: Int
    var count: Int
    /// Since the end of the last frame on the line, as this meter saw it.
    var silence: Int64 = .max
    /// When its first byte was read, CLOCK_BOOTTIME.
    var arrival: Int64 = 0

    /// nil: not eight bytes of a sound read request.
    init?(rtu bytes: [UInt8]) {
        guard bytes.count == 8, CyclicRedundancyCheck.holds(bytes[...]), (1...4).contains(bytes[1]) else { return nil }
        self.init(body: bytes)
    }

    init(body: [UInt8]) {
        unit = body[0]
        function = body[1]
        address = Int(body[2]) << 8 | Int(body[3])
        count = Int(body[4]) << 8 | Int(body[5])
    }

    var addresses: Range<Int> { address..<address + count }

    /// The data of an answer: what `register` says, or its lowest bit in bit tables.
    func data(_ register: (Int) -> UInt16) -> [UInt8] {
        if function <= 2 {
            var bytes = [UInt8](repeating: 0, count: (count + 7) / 8)
            for bit in 0..<count where register(address + bit) & 1 == 1 { bytes[bit / 8] |= 1 << (bit % 8) }
            return bytes
        }
        return addresses.flatMap { [UInt8(register($0) >> 8), UInt8(register($0) & 0xFF)] }
    }

    func answer(_ register: (Int) -> UInt16) -> [UInt8] {
        let data = data(register)
        return sealed([unit, function, UInt8(truncatingIfNeeded: data.count)] + data)
    }

    func exception(_ code: UInt8) -> [UInt8] { sealed([unit, function | 0x80, code]) }
}

/// Appends the check sum.
func sealed(_ bytes: [UInt8]) -> [UInt8] {
    let sum = CyclicRedundancyCheck.of(bytes)
    return bytes + [UInt8(sum & 0xFF), UInt8(sum >> 8)]
}

/// `"11 03 02"` -> bytes.
func hex(_ text: String) -> [UInt8] { text.split(separator: " ").compactMap { UInt8($0, radix: 16) } }
