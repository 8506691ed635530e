internal import GatewayModel

extension PointDictionary {
    /// At most this many points, and bytes of text.
    package static let maximumPoints = 1 << 16
    package static let maximumBytes = 32 << 20

    /// Reads a dictionary's text back; unknown keys are ignored, so that later versions may add some.
    ///
    /// - Throws: `BatchFormatError` that says what is wrong.
    package init(json: [UInt8]) throws(BatchFormatError) {
        let value: JSONValue
        do {
            value = try JSONValue.parse(json, maximumBytes: Self.maximumBytes)
        } catch {
            throw BatchFormatError("dictionary: \(error.description)")
        }
        guard value["version"]?.integer == Int64(Self.version) else {
            throw BatchFormatError("dictionary: version is not \(Self.version)")
        }
        guard let gateway = value["gateway"]?.string else { throw BatchFormatError("dictionary: no gateway") }
        guard let list = value["points"]?.array, list.count <= Self.maximumPoints else {
            throw BatchFormatError("dictionary: no list of points, or too long")
        }
        var points = [DescribedPoint]()
        points.reserveCapacity(list.count)
        for (index, entry) in list.enumerated() {
            guard entry["index"]?.integer == Int64(index), let point = DescribedPoint(entry) else {
                throw BatchFormatError("dictionary: point \(index) is not understood")
            }
            points.append(point)
        }
        self.init(gateway: gateway, points: points.sharingMeanings(), json: json)
    }
}

extension DescribedPoint {
    /// nil: something is missing or of the wrong kind.
    fileprivate init?(_ entry: JSONValue) {
        guard let device = entry["device"]?.string, let point = entry["point"]?.string,
            let unit = entry["unit"]?.string,
            let type = entry["type"]?.string.flatMap(RegisterType.init(rawValue:)),
            let kind = entry["kind"]?.string.flatMap(PointKind.init(rawValue:)),
            let scaling = Self.scaling(entry)
        else { return nil }
        var labels = [Int64: String]()
        for (key, label) in entry["labels"]?.object ?? [] {
            guard let value = Int64(key), let text = label.string else { return nil }
            labels[value] = text
        }
        var numbers = [DecimalNumber?]()
        for key in ["deadband", "resolution"] {
            let number = entry[key].map(\.decimal)
            if case .some(nil) = number { return nil }
            numbers.append(number ?? nil)
        }
        if let resolution = numbers[1], !(resolution > .zero) { return nil }
        self.init(
            device: device, point: point,
            meaning: SampleMeaning(
                unit: unit, type: type, scaling: scaling, kind: kind, deadBand: numbers[0], resolution: numbers[1],
                labels: labels, hasBigIntegers: entry["big"]?.bool ?? false))
    }

    private static func scaling(_ entry: JSONValue) -> Scaling? {
        if let map = entry["map"] {
            guard let raw = map["raw"]?.array?.map(\.decimal), let to = map["to"]?.array?.map(\.decimal),
                raw.count == 2, to.count == 2, let rawLow = raw[0], let rawHigh = raw[1], let low = to[0],
                let high = to[1]
            else { return nil }
            return .map(rawLow: rawLow, rawHigh: rawHigh, low: low, high: high)
        }
        guard let scale = entry["scale"]?.decimal else { return nil }
        guard let offset = entry["offset"] else { return .linear(scale: scale, offset: .zero) }
        return offset.decimal.map { .linear(scale: scale, offset: $0) }
    }
}
