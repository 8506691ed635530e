package import GatewayModel

/// `250ms 10s 5m 1h 90d`: a whole number and a unit.
package enum DurationText {
    private static let units: [(name: String, span: Nanoseconds)] = [
        ("d", .seconds(86_400)), ("h", .seconds(3_600)), ("m", .seconds(60)), ("s", .seconds(1)),
        ("ms", .milliseconds(1)),
    ]

    /// nil for anything else, and beyond 292 years.
    package static func parse(_ text: String) -> Nanoseconds? {
        guard let (count, unit) = ScalarText.quantity(text),
            let span = units.first(where: { $0.name == unit })?.span
        else { return nil }
        let (result, overflow) = count.multipliedReportingOverflow(by: span)
        return overflow ? nil : result
    }

    /// In the largest unit that leaves a whole number.
    package static func format(_ span: Nanoseconds) -> String {
        for unit in units where span != 0 && span % unit.span == 0 { return "\(span / unit.span)\(unit.name)" }
        return span == 0 ? "0s" : "\(span)ns"
    }
}
