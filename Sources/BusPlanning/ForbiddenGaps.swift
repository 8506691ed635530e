package import GatewayModel

/// Addresses of one device that a request must not cover, because the device refused requests that did.
///
/// A forbidden address that belongs to a point that is asked for is no obstacle: points are asked for whatever was
/// learnt of the gap around them.
package struct ForbiddenGaps: Hashable, Sendable {
    /// Sorted, neither overlapping nor touching.
    private var ranges: [RegisterTable: [Range<Int>]] = [:]

    package init() {}

    package var isEmpty: Bool { ranges.isEmpty }

    /// The gaps of one table, by address.
    package subscript(_ table: RegisterTable) -> [Range<Int>] { ranges[table] ?? [] }

    /// Adds a gap; overlapping and touching gaps become one. An empty range changes nothing.
    package mutating func insert(_ addresses: Range<Int>, in table: RegisterTable) {
        guard !addresses.isEmpty else { return }
        var merged = addresses
        var kept: [Range<Int>] = []
        for range in self[table] {
            if range.upperBound < merged.lowerBound || merged.upperBound < range.lowerBound {
                kept.append(range)
            } else {
                merged = min(range.lowerBound, merged.lowerBound)..<max(range.upperBound, merged.upperBound)
            }
        }
        kept.append(merged)
        ranges[table] = kept.sorted { $0.lowerBound < $1.lowerBound }
    }

    /// Takes addresses out again: they were answered after all.
    package mutating func remove(_ addresses: Range<Int>, in table: RegisterTable) {
        guard !addresses.isEmpty else { return }
        let kept = self[table].flatMap { range in
            [
                range.lowerBound..<max(range.lowerBound, min(range.upperBound, addresses.lowerBound)),
                min(range.upperBound, max(range.lowerBound, addresses.upperBound))..<range.upperBound,
            ].filter { !$0.isEmpty }
        }
        ranges[table] = kept.isEmpty ? nil : kept
    }
}
