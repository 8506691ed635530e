package import GatewayModel

/// A reading's value as JSON shows it: a number, text, truth value or null, with the quality that goes with it.
package struct JSONSample: Hashable, Sendable {
    private enum Form: Hashable, Sendable {
        case null
        case bool(Bool)
        case number(DecimalNumber)
        /// Beyond +-(2^53-1), of a point that says so.
        case bigNumber(DecimalNumber)
        case text(String)
    }
    private let form: Form
    /// `no-value` when there was no finite number after all.
    package let quality: Quality

    package init(_ reading: Reading, of point: DescribedPoint) {
        guard reading.quality.carriesValue, let sample = reading.sample else {
            form = .null
            quality = reading.storedQuality
            return
        }
        if case .text(let text) = sample {
            form = .text(text)
            quality = reading.quality
        } else if case .integer(let value) = sample, point.isTruthValue {
            form = .bool(value != 0)
            quality = reading.quality
        } else if let value = point.value(of: sample) {
            let isBig = point.hasBigIntegers && value.magnitude > DescribedPoint.largestSafeInteger
            form = isBig ? .bigNumber(value) : .number(value)
            quality = reading.quality
        } else {
            form = .null
            quality = .noValue
        }
    }

    /// A number that was computed from samples; nil: it is not finite.
    init(_ value: DecimalNumber?, of point: DescribedPoint) {
        quality = value == nil ? .noValue : .good
        guard let value else {
            form = .null
            return
        }
        let isBig = point.hasBigIntegers && value.magnitude > DescribedPoint.largestSafeInteger
        form = isBig ? .bigNumber(value) : .number(value)
    }

    package func write(to json: inout JSONWriter) {
        switch form {
        case .null: json.null()
        case .bool(let value): json.bool(value)
        case .number(let value): json.decimal(value)
        case .bigNumber(let value): json.string(value.description)
        case .text(let value): json.string(value)
        }
    }
}
