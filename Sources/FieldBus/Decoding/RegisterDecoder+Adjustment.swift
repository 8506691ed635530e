internal import GatewayModel

/// Values whose unit or decimal point other registers of the same answer say.
extension RegisterDecoder {
    /// nil: not in the answer, no value of its type, a unit that is none of the point's, or no whole number of steps.
    func sample(of point: PointDefinition) -> Sample? {
        guard let source = point.source.register, let plain = sample(source) else { return nil }
        guard let adjustment = point.adjustment else { return plain }
        guard let factor = factor(adjustment) else { return nil }
        switch plain {
        case .integer(let raw):
            return DecimalNumber(raw).multiplied(by: factor)?.count(of: adjustment.step).map { .integer($0) }
        case .float32(let raw):
            // Multiplied as decimals, so that 71.3 in another unit stays as short as it can be.
            guard factor != .one else { return plain }
            return DecimalNumber(shortest: raw)?.multiplied(by: factor).map { .float32(Float($0.double)) }
        case .float64(let raw):
            guard factor != .one else { return plain }
            return DecimalNumber(shortest: raw)?.multiplied(by: factor).map { .float64($0.double) }
        case .text: return nil
        }
    }

    /// What the value is multiplied by; nil: a code without a name that is a unit of the point's kind, or nonsense.
    private func factor(_ adjustment: RegisterAdjustment) -> DecimalNumber? {
        var power: Int64 = 0
        if let register = adjustment.exponent {
            guard let exponent = number(register) else { return nil }
            power += exponent
        }
        if let register = adjustment.decimals {
            guard let decimals = number(register) else { return nil }
            power -= decimals
        }
        guard (-18...18).contains(power) else { return nil }
        var factor = DecimalNumber(significand: 1, exponent: Int(power))
        if let register = adjustment.unit {
            guard let code = number(register), let unit = adjustment.factors[code],
                let product = factor.multiplied(by: unit)
            else { return nil }
            factor = product
        }
        return factor
    }

    /// Small numbers only, so that nothing overflows.
    private func number(_ register: RegisterSource) -> Int64? {
        guard case .integer(let number)? = sample(register), (-1_000_000...1_000_000).contains(number) else {
            return nil
        }
        return number
    }
}
