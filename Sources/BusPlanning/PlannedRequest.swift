package import GatewayModel

/// One read of consecutive registers (bits in coil and discrete tables) of one device.
package struct PlannedRequest: Hashable, Sendable {
    package var table: RegisterTable
    /// Zero-based, as on the wire.
    package var address: UInt16
    /// Registers or bits, 1...125 or 1...2000.
    package var count: Int
    /// The points that it was planned for, in the order of their indices. Other points that happen to lie inside are
    /// not delivered.
    package var points: [PointIndex]
    /// Predicted time, from the end of the transaction before to the last character of the answer.
    package var cost: Nanoseconds

    package init(table: RegisterTable, address: UInt16, count: Int, points: [PointIndex], cost: Nanoseconds) {
        self.table = table
        self.address = address
        self.count = count
        self.points = points
        self.cost = cost
    }

    /// The addresses that it covers; the end may be 65536.
    package var addresses: Range<Int> { Int(address)..<Int(address) + count }
}
