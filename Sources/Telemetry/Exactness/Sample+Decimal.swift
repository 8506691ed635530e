package import GatewayModel

extension Sample {
    /// The exact decimal of a number: integers as they are, floats in their shortest round-trip form.
    ///
    /// `unsigned64`: an integer is the bit pattern of a `uint64`. nil for text and for floats that are not finite.
    package func decimal(unsigned64: Bool = false) -> DecimalNumber? {
        switch self {
        case .integer(let value):
            unsigned64 && value < 0
                ? DecimalNumber(significand: Int128(UInt64(bitPattern: value)), exponent: 0) : DecimalNumber(value)
        case .float32(let value): DecimalNumber(shortest: value)
        case .float64(let value): DecimalNumber(shortest: value)
        case .text: nil
        }
    }
}
