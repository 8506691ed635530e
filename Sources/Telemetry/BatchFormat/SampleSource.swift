internal import GatewayModel

/// How many values each lane holds: known from columns and qualities before a value is read.
struct SampleLaneCounts {
    var firsts = [0, 0, 0]
    var differences = [0, 0, 0]
    var texts = 0

    mutating func count(_ form: ColumnForm, values: Int) {
        guard values > 0 else { return }
        let lane: Int
        switch form {
        case .integer, .decimal32, .decimal64: lane = 0
        case .float32: lane = 1
        case .float64: lane = 2
        case .text:
            texts += values
            return
        }
        firsts[lane] += 1
        differences[lane] += values - 1
    }
}

/// Gives back the samples that `SampleLanes` took, in the same order.
struct SampleSource {
    private var firsts: [[UInt64]] = []
    private var differences: [[UInt64]] = []
    private var nextFirst = [0, 0, 0]
    private var nextDifference = [0, 0, 0]
    private var texts: [String] = []
    private var textValues: [UInt64] = []
    private var nextText = 0

    private var form = ColumnForm.integer
    private var isFirst = true
    private var previous: Int64 = 0

    init(_ section: inout ByteReader, counts: SampleLaneCounts) throws(BatchFormatError) {
        for lane in 0..<3 {
            firsts.append(try section.planes(counts.firsts[lane]))
            differences.append(try section.planes(counts.differences[lane]))
        }
        guard counts.texts > 0 else { return }
        let count = try section.count(limit: counts.texts)
        for length in try section.planes(count) {
            guard length <= UInt64(BatchContent.maximumText) else { throw BatchFormatError("a text too long") }
            let utf8 = try section.take(Int(length))
            guard let text = String(validating: utf8, as: UTF8.self) else { throw BatchFormatError("a text not UTF-8") }
            texts.append(text)
        }
        textValues = try section.planes(counts.texts)
    }

    mutating func beginColumn(_ form: ColumnForm) {
        self.form = form
        isFirst = true
    }

    mutating func next() throws(BatchFormatError) -> Sample {
        switch form {
        case .integer: return .integer(nextInteger())
        case .decimal32(let places): return .float32(ColumnForm.float32(try nextDigits(), places: places))
        case .decimal64(let places): return .float64(ColumnForm.float64(try nextDigits(), places: places))
        case .float32:
            let bits = try next32()
            return .float32(Float(bitPattern: bits))
        case .float64:
            if isFirst {
                advance(Int64(bitPattern: takeFirst(2)))
            } else {
                advance(previous &+ ZigZag.decode(takeDifference(2)))
            }
            return .float64(Double(bitPattern: UInt64(bitPattern: previous)))
        case .text:
            let place = textValues[nextText]
            nextText += 1
            guard place < UInt64(texts.count) else { throw BatchFormatError("no such text") }
            return .text(texts[Int(place)])
        }
    }

    private mutating func nextInteger() -> Int64 {
        if isFirst {
            advance(ZigZag.decode(takeFirst(0)))
        } else {
            advance(previous &+ ZigZag.decode(takeDifference(0)))
        }
        return previous
    }

    /// Doubles hold integers of fifteen digits exactly; more are not written.
    private mutating func nextDigits() throws(BatchFormatError) -> Int64 {
        let digits = nextInteger()
        guard digits.magnitude < 1_000_000_000_000_000 else { throw BatchFormatError("a decimal too long") }
        return digits
    }

    private mutating func next32() throws(BatchFormatError) -> UInt32 {
        guard let number = UInt32(exactly: isFirst ? takeFirst(1) : takeDifference(1)) else {
            throw BatchFormatError("a float32 of more than 32 bits")
        }
        let bits = isFirst ? Int32(bitPattern: number) : Int32(truncatingIfNeeded: previous) &+ ZigZag.decode32(number)
        advance(Int64(bits))
        return UInt32(bitPattern: bits)
    }

    private mutating func takeFirst(_ lane: Int) -> UInt64 {
        nextFirst[lane] += 1
        return firsts[lane][nextFirst[lane] - 1]
    }

    private mutating func takeDifference(_ lane: Int) -> UInt64 {
        nextDifference[lane] += 1
        return differences[lane][nextDifference[lane] - 1]
    }

    private mutating func advance(_ value: Int64) {
        previous = value
        isFirst = false
    }
}
