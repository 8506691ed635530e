internal import GatewayModel

/// Rounds raw integers to multiples of a resolution in 64-bit arithmetic: (raw x factor + addend) / divisor, halves
/// away from zero.
struct IntegerRounding: Sendable {
    private let factor: Int64
    private let addend: Int64
    private let divisor: Int64

    /// nil when scale, offset and resolution have no small common denominator.
    init?(_ exact: ExactScaling, resolution: DecimalNumber) {
        guard let (scale, offset) = exact.line else { return nil }
        let low = min(scale.exponent, offset.exponent, resolution.exponent)
        guard let factor = scale.shifted(to: low).flatMap(Int64.init(exactly:)),
            let addend = offset.shifted(to: low).flatMap(Int64.init(exactly:)),
            let divisor = resolution.shifted(to: low).flatMap(Int64.init(exactly:)), divisor > 0
        else { return nil }
        self.factor = factor
        self.addend = addend
        self.divisor = divisor
    }

    /// nil when the numbers on the way do not fit.
    func multiple(of raw: Int64) -> Int64? {
        let (product, overflow) = raw.multipliedReportingOverflow(by: factor)
        if overflow { return nil }
        let (sum, overflow2) = product.addingReportingOverflow(addend)
        if overflow2 { return nil }
        let (quotient, remainder) = sum.quotientAndRemainder(dividingBy: divisor)
        if remainder.magnitude >= divisor.magnitude - remainder.magnitude { return quotient + (sum < 0 ? -1 : 1) }
        return quotient
    }
}
