internal import GatewayModel

/// The values of all columns, by kind: each column's first value, and the differences to the value before.
struct SampleLanes {
    private struct Lane {
        var firsts: [UInt64] = []
        var differences: [UInt64] = []
    }

    private var integers = Lane()
    private var floats32 = Lane()
    private var floats64 = Lane()
    private var texts: [String] = []
    private var textPlaces: [String: Int] = [:]
    private var textValues: [UInt64] = []

    private var form = ColumnForm.integer
    private var isFirst = true
    private var previous: Int64 = 0

    mutating func beginColumn(_ form: ColumnForm) {
        self.form = form
        isFirst = true
    }

    mutating func append(_ sample: Sample) {
        switch (form, sample) {
        case (.integer, .integer(let value)): append(value)
        case (.float32, .float32(let value)):
            let bits = Int32(bitPattern: value.bitPattern)
            if isFirst {
                floats32.firsts.append(UInt64(value.bitPattern))
            } else {
                floats32.differences.append(UInt64(ZigZag.encode32(bits &- Int32(truncatingIfNeeded: previous))))
            }
            advance(Int64(bits))
        case (.float64, .float64(let value)):
            let bits = Int64(bitPattern: value.bitPattern)
            if isFirst {
                floats64.firsts.append(value.bitPattern)
            } else {
                floats64.differences.append(ZigZag.encode(bits &- previous))
            }
            advance(bits)
        case (.decimal32(let places), _), (.decimal64(let places), _):
            append(sample.digits(places: places) ?? 0)
        case (.text, .text(let value)):
            let place = textPlaces[value] ?? texts.count
            if place == texts.count {
                textPlaces[value] = place
                texts.append(value)
            }
            textValues.append(UInt64(place))
        default:
            // A column's form is made from its samples' kind.
            assertionFailure("sample of another kind than its column")
        }
    }

    private mutating func append(_ value: Int64) {
        if isFirst {
            integers.firsts.append(ZigZag.encode(value))
        } else {
            integers.differences.append(ZigZag.encode(value &- previous))
        }
        advance(value)
    }

    private mutating func advance(_ value: Int64) {
        previous = value
        isFirst = false
    }

    func write(to out: inout PlaneWriter) {
        for lane in [integers, floats32, floats64] {
            out.append(planes: lane.firsts)
            out.append(planes: lane.differences)
        }
        if textValues.isEmpty { return }
        out.append(varint: texts.count)
        let utf8 = texts.map { Self.bounded(Array($0.utf8)) }
        out.append(planes: utf8.map { UInt64($0.count) })
        for text in utf8 { out.append(text) }
        out.append(planes: textValues)
    }

    /// Cut to the format's limit, between two characters' bytes.
    private static func bounded(_ utf8: [UInt8]) -> [UInt8] {
        guard utf8.count > BatchContent.maximumText else { return utf8 }
        var end = BatchContent.maximumText
        while end > 0, utf8[end] & 0xC0 == 0x80 { end -= 1 }
        return Array(utf8[..<end])
    }
}
