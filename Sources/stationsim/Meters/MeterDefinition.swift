/// A meter that is not asked for registers.
struct MeterDefinition: Sendable {
    enum Speech: Sendable {
        case dlt645
        /// Its type, and in which order it takes an identifier's bytes.
        case cjt188(type: UInt8, highFirst: Bool)
        case mbus(MBusIdentity)
    }

    var speech: Speech
    /// As on the wire, the last two digits first.
    var number: [UInt8]
    var values: [MeterValue]
}

/// By what an M-Bus meter is called, beside its number.
struct MBusIdentity: Sendable {
    /// 0...250
    var address: UInt8
    /// Maker, version, medium as on the wire.
    var tail: [UInt8]
    /// In how many telegrams its records come.
    var telegrams: Int
}

/// One value of a meter, in the order in which the meter sends them.
struct MeterValue: Sendable {
    enum Form: String, CaseIterable, Sendable {
        case bcd
        /// The highest bit is a minus.
        case signed
        /// Two's complement.
        case binary
    }

    var device: String
    var name: String
    /// DL/T 645: 32 bits; CJ/T 188: 16; M-Bus: none.
    var identifier: UInt32
    /// Before and behind the value: unit codes, DIF and VIF.
    var before: [UInt8]
    var after: [UInt8]
    var form: Form
    /// 1...8
    var bytes: Int
    /// From what the meter holds to what a point of the board config shows.
    var line: StraightLine
    var signal: Int
    /// Not in the truth log.
    var hidden: Bool

    /// The bytes that the meter sends now, and what they mean.
    func content(_ signal: Double) -> (bytes: [UInt8], value: TruthValue) {
        let (raw, bytes) = encoded(line.raw(for: signal))
        let meaning = line.value(of: ExactDecimal(raw))?.description ?? "null"
        return (before + bytes + after, TruthValue(device: device, point: name, json: meaning, raw: nil))
    }

    /// The nearest number that fits, low byte first.
    private func encoded(_ target: Double) -> (Int128, [UInt8]) {
        let wanted = target.isFinite ? target.rounded() : 0
        switch form {
        case .binary:
            let limit = Int128(1) << Int128(8 * bytes - 1)
            let raw = min(limit - 1, max(-limit, Int128(wanted.clamped(to: -1e30...1e30))))
            return (raw, (0..<bytes).map { UInt8(truncatingIfNeeded: raw >> Int128(8 * $0)) })
        case .bcd, .signed:
            var most: Int128 = 1
            for _ in 0..<(2 * bytes) { most *= 10 }
            most = (form == .signed ? most * 8 / 10 : most) - 1
            let raw = min(most, max(form == .signed ? -most : 0, Int128(wanted.clamped(to: -1e30...1e30))))
            var rest = raw.magnitude
            var encoded: [UInt8] = []
            for _ in 0..<bytes {
                encoded.append(UInt8(rest % 10) | UInt8(rest / 10 % 10) << 4)
                rest /= 100
            }
            if raw < 0 { encoded[bytes - 1] |= 0x80 }
            return (raw, encoded)
        }
    }
}
