internal import GatewayModel

/// One read of consecutive registers or bits, as it goes over the wire.
package struct ReadRequest: Hashable, Sendable {
    /// Modbus unit id, 1...247 (0...255 over TCP).
    package var unit: UInt8
    /// 1...4 (MODBUS Application Protocol V1.1b3, 6.1 to 6.4).
    package var function: UInt8
    /// Zero-based.
    package var address: UInt16
    /// Registers or bits, 1...125 or 1...2000.
    package var count: Int

    init(unit: UInt8, table: RegisterTable, address: UInt16, count: Int) {
        self.init(unit: unit, function: table.readFunction, address: address, count: count)
    }

    /// As it was heard from another master.
    init(unit: UInt8, function: UInt8, address: UInt16, count: Int) {
        self.unit = unit
        self.function = function
        self.address = address
        self.count = min(max(count, 1), function <= 2 ? 2_000 : 125)
    }

    /// Data bytes of the answer: two a register, eight bits a byte.
    package var dataBytes: Int { function <= 2 ? (count + 7) / 8 : 2 * count }

    /// Unit, function, address, count: what both framings carry.
    var body: [UInt8] {
        [
            unit, function, UInt8(truncatingIfNeeded: address >> 8), UInt8(truncatingIfNeeded: address),
            UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count),
        ]
    }

    /// The body and its check sum, as RTU sends it.
    var rtuFrame: [UInt8] {
        let sum = CyclicRedundancyCheck.of(body)
        return body + [UInt8(truncatingIfNeeded: sum), UInt8(truncatingIfNeeded: sum >> 8)]
    }

    /// As Modbus TCP sends it (Implementation Guide V1.0b, 3.1.3).
    func tcpFrame(transaction: UInt16) -> [UInt8] {
        let body = body
        return [
            UInt8(truncatingIfNeeded: transaction >> 8), UInt8(truncatingIfNeeded: transaction), 0, 0, 0,
            UInt8(body.count),
        ] + body
    }

    /// Bytes of an RTU request: the body and the check sum.
    static let rtuRequestBytes = 8
    /// Bytes of the RTU answer: unit, function, byte count, data, check sum.
    var rtuAnswerBytes: Int { 5 + dataBytes }
    /// Bytes of an RTU answer that refuses: unit, function, code, check sum.
    static let rtuExceptionBytes = 5

    /// An answer to a request of this shape cannot be told from an answer to another one of the same shape: over RTU
    /// nothing ties it to the address that was asked for.
    var shape: Shape { Shape(function: function, dataBytes: dataBytes) }

    struct Shape: Hashable, Sendable {
        var function: UInt8
        var dataBytes: Int
    }
}
