internal import GatewayModel

/// What kind of number a sample is; a column holds one.
enum SampleKind: Hashable {
    case integer, float32, float64, text

    init(_ sample: Sample) {
        switch sample {
        case .integer: self = .integer
        case .float32: self = .float32
        case .float64: self = .float64
        case .text: self = .text
        }
    }
}

extension ColumnForm {
    /// The form of a column before its values have been looked at; nil: it has none.
    init(_ kind: SampleKind?) {
        switch kind {
        case .integer, nil: self = .integer
        case .float32: self = .float32
        case .float64: self = .float64
        case .text: self = .text
        }
    }
}

extension Sample {
    /// The integer that stands for a float at this many places; nil for others and when it would not read back.
    func digits(places: Int) -> Int64? {
        switch self {
        case .float32(let value): ColumnForm.digits(of: value, places: places)
        case .float64(let value): ColumnForm.digits(of: value, places: places)
        case .integer, .text: nil
        }
    }
}

extension Reading {
    /// A reading that promises a value but has none is stored as `no-value`.
    var storedQuality: Quality { quality.carriesValue && sample == nil ? .noValue : quality }
    /// nil exactly when `storedQuality` carries no value.
    var storedSample: Sample? { quality.carriesValue ? sample : nil }
}
