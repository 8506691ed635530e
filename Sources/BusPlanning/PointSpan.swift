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
        switch definition.source {
        case .meter(let source):
            // The questions of a meter stand in a row, and none is asked together with another (`maxRegisters` is 1).
            self.init(point: definition.index, table: .holding, address: source.place, count: 1)
        case .register(let source), .adjusted(let source, _):
            let all = [source] + (definition.adjustment?.registers ?? [])
            let begin = all.map(\.address).min() ?? source.address
            let end = all.map { Int($0.address) + $0.count }.max() ?? 0
            self.init(point: definition.index, table: source.table, address: begin, count: end - Int(begin))
        case .board:
            // On no bus, so in no device's points.
            self.init(point: definition.index, table: .discrete, address: 0, count: 1)
        }
    }
}
