/// A unit that meters name by a code, and that can be turned into another of its kind exactly.
package struct MeterUnit: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case energy, power, volume, flow, temperature, temperatureDifference, pressure, time, voltage, current, mass
        case massFlow
    }

    /// `kWh`
    package let symbol: String
    package let kind: Kind
    /// How many of the kind's smallest unit it is: exact.
    package let factor: DecimalNumber

    private init(_ symbol: String, _ kind: Kind, _ factor: Int64, _ exponent: Int = 0) {
        self.symbol = symbol
        self.kind = kind
        self.factor = DecimalNumber(significand: Int128(factor), exponent: exponent)
    }

    /// nil: not one of ``all``.
    package init?(_ symbol: String) {
        guard let known = Self.all.first(where: { $0.symbol == symbol }) else { return nil }
        self = known
    }

    /// Energy counts in J, so that 1 kWh is 3.6 MJ; power in J/h, so that 1 W is 3,600; volume in L, flow in L/h.
    package static let all: [MeterUnit] = [
        .init("J", .energy, 1), .init("kJ", .energy, 1, 3), .init("MJ", .energy, 1, 6), .init("GJ", .energy, 1, 9),
        .init("Wh", .energy, 3_600), .init("kWh", .energy, 3_600, 3), .init("MWh", .energy, 3_600, 6),
        .init("GWh", .energy, 3_600, 9),
        .init("J/h", .power, 1), .init("kJ/h", .power, 1, 3), .init("MJ/h", .power, 1, 6), .init("GJ/h", .power, 1, 9),
        .init("W", .power, 3_600), .init("kW", .power, 3_600, 3), .init("MW", .power, 3_600, 6),
        .init("mL", .volume, 1, -3), .init("L", .volume, 1), .init("m3", .volume, 1, 3),
        .init("mL/h", .flow, 1, -3), .init("L/h", .flow, 1), .init("L/min", .flow, 60), .init("L/s", .flow, 3_600),
        .init("m3/h", .flow, 1, 3), .init("m3/min", .flow, 60, 3), .init("m3/s", .flow, 3_600, 3),
        .init("C", .temperature, 1), .init("K", .temperatureDifference, 1),
        .init("Pa", .pressure, 1), .init("kPa", .pressure, 1, 3), .init("bar", .pressure, 1, 5),
        .init("mbar", .pressure, 1, 2), .init("MPa", .pressure, 1, 6), .init("kg/cm2", .pressure, 980_665, -1),
        .init("mH2O", .pressure, 980_665, -2), .init("mmH2O", .pressure, 980_665, -5),
        .init("s", .time, 1), .init("min", .time, 60), .init("h", .time, 3_600), .init("d", .time, 86_400),
        .init("mV", .voltage, 1, -3), .init("V", .voltage, 1), .init("kV", .voltage, 1, 3),
        .init("mA", .current, 1, -3), .init("A", .current, 1), .init("kA", .current, 1, 3),
        .init("kg", .mass, 1), .init("t", .mass, 1, 3), .init("kg/h", .massFlow, 1), .init("t/h", .massFlow, 1, 3),
    ]

    /// By how much a number in this unit is multiplied to be one in `other`; nil: another kind, or not a finite decimal
    /// (a GJ is 277.77... kWh, so a point that may have to take GJ must be in GJ).
    package func factor(to other: MeterUnit) -> DecimalNumber? {
        kind == other.kind ? factor.divided(exactlyBy: other.factor) : nil
    }
}

extension DecimalNumber {
    /// nil: the quotient has no end, or more than 30 places after the point, or `divisor` is zero.
    package func divided(exactlyBy divisor: Self) -> Self? {
        guard divisor.significand != 0 else { return nil }
        var dividend = significand
        for places in 0...30 {
            let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor.significand)
            if remainder == 0 {
                return Self(significand: quotient, exponent: exponent - divisor.exponent - places)
            }
            let (next, overflow) = dividend.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            dividend = next
        }
        return nil
    }

    /// How many times `step` it is; nil when that is no whole number of 64 bits.
    package func count(of step: Self) -> Int64? {
        guard let quotient = divided(exactlyBy: step), quotient.isInteger, let whole = quotient.shifted(to: 0) else {
            return nil
        }
        return Int64(exactly: whole)
    }
}
