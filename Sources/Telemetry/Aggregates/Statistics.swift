package import GatewayModel

/// Smallest, largest and sum of some samples of one point, and how many they were. 32 bytes, no heap.
///
/// Integers, and floats that are short decimals (float32 below 7 digits, float64 below 12, at most nine places), are
/// kept as whole numbers of 10^-places, so nothing is rounded. As soon as one sample is not such a decimal, or a sum
/// leaves 64 bits, everything becomes floating point: the extremes stay exact, the mean is rounded.
package struct Statistics: Hashable, Sendable {
    package enum Form: Hashable, Sendable {
        /// Whole numbers of 10^-places, `places` 0 ... 9.
        case decimal(places: UInt8)
        case float32
        case float64
    }

    package private(set) var form: Form
    /// What the samples were, for when a decimal has to become a float.
    private var isFloat32: Bool
    /// 0 only in a new one.
    package private(set) var count: UInt32 = 0
    /// Whole numbers, or the bit patterns of `Double`s.
    private var low: Int64 = 0
    private var high: Int64 = 0
    /// The sum of whole numbers; of floats the mean, which stays in their range.
    private var middle: Int64 = 0

    /// Nothing yet.
    package init() {
        form = .decimal(places: 0)
        isFloat32 = false
    }

    package var isEmpty: Bool { count == 0 }

    /// Takes one sample; false for what has no place in statistics: text, floats that are not finite, one sample too
    /// many (2^32).
    ///
    /// - Parameter unsigned64: integers are bit patterns of a `uint64`.
    @discardableResult
    package mutating func add(_ sample: Sample, unsigned64: Bool = false) -> Bool {
        guard count < .max else { return false }
        switch sample {
        case .integer(let value) where unsigned64 && value < 0:
            add(double: Double(UInt64(bitPattern: value)))
        case .integer(let value):
            if case .decimal(let places) = form, let digits = Self.scaled(value, by: places), add(digits: digits) {
                break
            }
            add(double: Double(value))
        case .float32(let value):
            guard value.isFinite else { return false }
            if isEmpty { isFloat32 = true }
            if !add(decimal: sample) { add(double: Double(value)) }
        case .float64(let value):
            guard value.isFinite else { return false }
            isFloat32 = false
            if !add(decimal: sample) { add(double: value) }
        case .text: return false
        }
        count += 1
        return true
    }

    /// Takes what another one has seen; false when the two have seen more than 2^32 - 1 together.
    @discardableResult
    package mutating func add(_ other: Statistics) -> Bool {
        if other.isEmpty { return true }
        if isEmpty {
            self = other
            return true
        }
        let (sum, overflow) = count.addingReportingOverflow(other.count)
        guard !overflow else { return false }
        if !addExactly(other) {
            // Stored decimals do not tell what they were; samples of one point are of one kind.
            let (a, b) = (becomingFloat(like: other), other.becomingFloat(like: self))
            form = a.form == .float32 && b.form == .float32 ? .float32 : .float64
            isFloat32 = form == .float32
            low = Self.bits(min(Self.double(a.low), Self.double(b.low)))
            high = Self.bits(max(Self.double(a.high), Self.double(b.high)))
            middle = Self.bits(
                Self.mean(Self.double(a.middle), of: count, with: Self.double(b.middle), of: other.count))
        }
        count = sum
        return true
    }

    private mutating func addExactly(_ other: Statistics) -> Bool {
        guard case .decimal(let a) = form, case .decimal(let b) = other.form,
            let mine = at(places: max(a, b)), let theirs = other.at(places: max(a, b))
        else { return false }
        let (sum, overflow) = mine.middle.addingReportingOverflow(theirs.middle)
        guard !overflow else { return false }
        self = mine
        low = min(low, theirs.low)
        high = max(high, theirs.high)
        middle = sum
        return true
    }

    // MARK: One sample

    private mutating func add(decimal sample: Sample) -> Bool {
        guard case .decimal(var places) = form else { return false }
        while true {
            if let digits = sample.digits(places: Int(places)) {
                guard let scaled = at(places: places) else { return false }
                self = scaled
                return add(digits: digits)
            }
            if places >= UInt8(ColumnForm.maximumPlaces) { return false }
            places += 1
        }
    }

    private mutating func add(digits: Int64) -> Bool {
        if isEmpty {
            (low, high, middle) = (digits, digits, digits)
            return true
        }
        let (sum, overflow) = middle.addingReportingOverflow(digits)
        guard !overflow else { return false }
        (low, high, middle) = (min(low, digits), max(high, digits), sum)
        return true
    }

    private mutating func add(double value: Double) {
        if isEmpty {
            form = isFloat32 ? .float32 : .float64
            (low, high, middle) = (Self.bits(value), Self.bits(value), Self.bits(value))
            return
        }
        self = becomingFloat()
        if !isFloat32 { form = .float64 }
        low = Self.bits(min(Self.double(low), value))
        high = Self.bits(max(Self.double(high), value))
        middle = Self.bits(Self.mean(Self.double(middle), of: count, with: value, of: 1))
    }

    /// The mean of two means. Of equal ones it is the same to the last bit.
    private static func mean(_ a: Double, of m: UInt32, with b: Double, of n: UInt32) -> Double {
        let share = Double(n) / (Double(m) + Double(n))
        let mean = a + (b - a) * share
        let inRange = mean.isFinite ? mean : a * (1 - share) + b * share
        return min(max(inRange, min(a, b)), max(a, b))
    }

    // MARK: Forms

    /// The same at more places; nil when it does not fit, or is not decimal.
    package func at(places: UInt8) -> Statistics? {
        guard case .decimal(let old) = form, places >= old else { return nil }
        if places == old { return self }
        guard let low = Self.scaled(low, by: places - old), let high = Self.scaled(high, by: places - old),
            let sum = Self.scaled(middle, by: places - old)
        else { return nil }
        var result = self
        result.form = .decimal(places: places)
        (result.low, result.high, result.middle) = (low, high, sum)
        return result
    }

    private func becomingFloat(like other: Statistics) -> Statistics {
        var same = self
        if other.form == .float32 { same.isFloat32 = true }
        return same.becomingFloat()
    }

    /// The same as floating point.
    package func becomingFloat() -> Statistics {
        guard case .decimal(let places) = form else { return self }
        var result = self
        result.form = isFloat32 ? .float32 : .float64
        func converted(_ digits: Int64) -> Double { Double(digits) / ColumnForm.powers[Int(places)] }
        let (low, high) = (converted(low), converted(high))
        // The extremes read back bit for bit as what was measured.
        result.low = Self.bits(isFloat32 ? Double(Float(low)) : low)
        result.high = Self.bits(isFloat32 ? Double(Float(high)) : high)
        let mean = isEmpty ? 0 : converted(middle) / Double(count)
        result.middle = Self.bits(min(max(mean, Self.double(result.low)), Self.double(result.high)))
        return result
    }

    private static func scaled(_ value: Int64, by places: UInt8) -> Int64? {
        if places == 0 { return value }
        let (result, overflow) = value.multipliedReportingOverflow(by: DecimalNumber.powers[Int(places)])
        return overflow ? nil : result
    }

    private static func bits(_ value: Double) -> Int64 { Int64(bitPattern: value.bitPattern) }
    private static func double(_ bits: Int64) -> Double { Double(bitPattern: UInt64(bitPattern: bits)) }
}

// MARK: - Stored form

extension Statistics {
    /// How a batch stores it: by its form.
    enum Stored: Hashable {
        /// Smallest, largest - smallest, and sum - count x smallest: whole numbers of 10^-places.
        case decimal(low: Int64, span: UInt64, excess: UInt64)
        case floats(low: Double, mean: Double, high: Double)
    }

    /// nil: a decimal of more than 64 bits in the middle; as floating point it always works.
    var stored: Stored? {
        if case .decimal = form {
            let excess = Int128(middle) - Int128(count) * Int128(low)
            guard let excess = UInt64(exactly: excess), let span = UInt64(exactly: Int128(high) - Int128(low)) else {
                return nil
            }
            return .decimal(low: low, span: span, excess: excess)
        }
        let mean = Self.double(middle)
        return .floats(
            low: Self.double(low), mean: form == .float32 ? Double(Float(mean)) : mean, high: Self.double(high))
    }

    /// nil for numbers that no samples can have given: foreign bytes.
    init?(_ stored: Stored, form: Form, count: UInt32) {
        self.init()
        guard count > 0 else { return nil }
        self.form = form
        self.count = count
        switch (stored, form) {
        case (.decimal(let low, let span, let excess), .decimal):
            // The sum of `count` numbers, none below low and none above low + span.
            guard let high = Int64(exactly: Int128(low) + Int128(span)),
                UInt128(excess) <= UInt128(span) * UInt128(count),
                let sum = Int64(exactly: Int128(excess) + Int128(count) * Int128(low))
            else { return nil }
            (self.low, self.high, middle) = (low, high, sum)
        case (.floats(let low, let mean, let high), .float32), (.floats(let low, let mean, let high), .float64):
            guard low.isFinite, mean.isFinite, high.isFinite, low <= high else { return nil }
            isFloat32 = form == .float32
            (self.low, self.high, middle) = (Self.bits(low), Self.bits(high), Self.bits(mean))
        default: return nil
        }
    }
}

// MARK: - Values

extension Statistics {
    /// The three as decimals of the raw value, before scale and offset. The mean of decimals is exact to a hundredth
    /// of their last place, halves away from zero; of floats it is the shortest form of its nearest float.
    package var raw: (low: DecimalNumber, mean: DecimalNumber, high: DecimalNumber)? {
        guard count > 0 else { return nil }
        switch form {
        case .decimal(let places):
            func decimal(_ digits: Int128, _ places: Int) -> DecimalNumber {
                DecimalNumber(significand: digits, exponent: -places)
            }
            let hundredfold = (Int128(middle) * 100).magnitude
            var (quotient, remainder) = hundredfold.quotientAndRemainder(dividingBy: UInt128(count))
            if remainder * 2 >= UInt128(count) { quotient += 1 }
            let mean = middle < 0 ? -Int128(quotient) : Int128(quotient)
            let places = Int(places)
            return (decimal(Int128(low), places), decimal(mean, places + 2), decimal(Int128(high), places))
        case .float32:
            return Self.three(low, middle, high) { DecimalNumber(shortest: Float($0)) }
        case .float64:
            return Self.three(low, middle, high) { DecimalNumber(shortest: $0) }
        }
    }

    private static func three(
        _ low: Int64, _ mean: Int64, _ high: Int64, _ decimal: (Double) -> DecimalNumber?
    ) -> (DecimalNumber, DecimalNumber, DecimalNumber)? {
        guard let low = decimal(double(low)), let mean = decimal(double(mean)), let high = decimal(double(high)) else {
            return nil
        }
        return (low, mean, high)
    }
}
