package import GatewayModel

/// The registers of one point, as the planner sees them.
package struct PointSpan: Hashable, Sendable {
    package var point: PointIndex
    package var table: RegisterTable
    /// Zero-based addresses, never empty.
    package var addresses: Range<Int>

    /// - Parameter count: registers or bits; less than 1 counts as 1.
    package init(point: PointIndex, table: RegisterTable, address: UInt16, count: Int) {
        self.point = point
        self.table = table
        addresses = Int(address)..<Int(address) + max(count, 1)
    }

    package init(_ definition: PointDefinition) {
        let source = definition.source
        self.init(point: definition.index, table: source.table, address: source.address, count: source.count)
    }
}
