/// Addresses between points that a device refuses to be asked across.
package struct RefusedGap: Hashable, Sendable {
    package var table: RegisterTable
    /// Not empty; within 0..<65536.
    package var addresses: Range<Int>

    package init(table: RegisterTable, addresses: Range<Int>) {
        self.table = table
        self.addresses = addresses
    }

    /// `holding:12-19`, both ends included.
    package var text: String { "\(table.rawValue):\(addresses.lowerBound)-\(addresses.upperBound - 1)" }

    /// nil: not of that form.
    package init?(text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let table = RegisterTable(rawValue: String(parts[0])) else { return nil }
        let ends = parts[1].split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard ends.count == 2, let first = ends[0], let last = ends[1], 0 <= first, first <= last, last < 65_536 else {
            return nil
        }
        self.init(table: table, addresses: first..<last + 1)
    }
}
