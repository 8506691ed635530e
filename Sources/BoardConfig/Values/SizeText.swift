/// `64KiB 256MiB 2GiB`: a whole number and a binary unit.
package enum SizeText {
    private static let units: [(name: String, bytes: Int64)] = [
        ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
    ]

    /// Bytes; nil for anything else.
    package static func parse(_ text: String) -> Int64? {
        guard let (count, unit) = ScalarText.quantity(text),
            let bytes = units.first(where: { $0.name == unit })?.bytes
        else { return nil }
        let (result, overflow) = count.multipliedReportingOverflow(by: bytes)
        return overflow ? nil : result
    }

    package static func format(_ bytes: Int64) -> String {
        for unit in units where bytes != 0 && bytes % unit.bytes == 0 { return "\(bytes / unit.bytes)\(unit.name)" }
        return "\(bytes)B"
    }
}
