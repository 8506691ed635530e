package import GatewayModel

/// Which points of a dictionary may be thinned. One byte a point: the store keeps no whole dictionary in memory.
package struct PointClasses: Hashable, Sendable {
    package enum Class: UInt8, Sendable {
        /// Counters, states, truth values and texts keep every reading.
        case keep
        /// Numbers that become aggregates.
        case gauge
        /// The same; integers are bit patterns of a `uint64`.
        case unsignedGauge
    }

    private let classes: [Class]

    package init(_ points: [DescribedPoint]) {
        classes = points.map { point in
            guard point.kind == .gauge, point.type.isNumber else { return .keep }
            return point.storesUnsigned64 ? .unsignedGauge : .gauge
        }
    }

    /// Reads a dictionary's text without building it: in the fixed shape of `PointDictionary.text` a point's `type`
    /// comes before its `kind`, and inside texts a quote is escaped, so that these keys are found by their bytes.
    ///
    /// - Parameter id: the text's hash; nil when `json` is not the text that was written.
    package init?(json: [UInt8], id: DictionaryID) {
        guard PointDictionary.id(of: json) == id else { return nil }
        let (typeKey, kindKey) = (Array("\"type\":\"".utf8), Array("\"kind\":\"".utf8))
        let resolutionKey = Array("\"resolution\":".utf8)
        var classes = [Class]()
        var type = ""
        var at = 0
        while at < json.count {
            guard json[at] == UInt8(ascii: "\"") else {
                at += 1
                continue
            }
            if json[at...].starts(with: typeKey) {
                type = Self.word(json, at + typeKey.count)
                at += typeKey.count
            } else if json[at...].starts(with: kindKey) {
                classes.append(Self.class(type: type, kind: Self.word(json, at + kindKey.count)))
                at += kindKey.count
            } else if json[at...].starts(with: resolutionKey) {
                // Rounded samples are signed, whatever the type says.
                if classes.last == .unsignedGauge { classes[classes.count - 1] = .gauge }
                at += resolutionKey.count
            } else {
                at += 1
            }
        }
        self.classes = classes
    }

    /// `keep` for a point that the dictionary does not have.
    package subscript(point: PointIndex) -> Class { classes.indices.contains(point) ? classes[point] : .keep }

    package var count: Int { classes.count }

    private static func `class`(type: String, kind: String) -> Class {
        guard kind == PointKind.gauge.rawValue, let type = RegisterType(rawValue: type), type.isNumber else {
            return .keep
        }
        return type == .uint64 ? .unsignedGauge : .gauge
    }

    private static func word(_ json: [UInt8], _ start: Int) -> String {
        let end = json[start...].firstIndex(of: UInt8(ascii: "\"")) ?? json.endIndex
        return String(decoding: json[start..<min(end, start + 16)], as: UTF8.self)
    }
}
