internal import GatewayModel

extension PointDictionary {
    /// The version of the dictionary's shape; readers refuse another one.
    static let version = 1

    /// Fixed key order, no white space. Keys that have nothing to say are left out.
    static func text(gateway: String, points: [DescribedPoint]) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("version", version)
            json.field("gateway", gateway)
            json.key("points")
            json.array { json in
                for (index, point) in points.enumerated() { write(point, index: index, to: &json) }
            }
        }
        return json.bytes
    }

    private static func write(_ point: DescribedPoint, index: Int, to json: inout JSONWriter) {
        json.object { json in
            json.field("index", index)
            json.field("device", point.device)
            json.field("point", point.point)
            json.field("unit", point.unit)
            json.field("type", point.type.rawValue)
            write(point.scaling, to: &json)
            json.field("kind", point.kind.rawValue)
            if let deadBand = point.deadBand {
                json.key("deadband")
                json.decimal(deadBand)
            }
            if let resolution = point.resolution {
                json.key("resolution")
                json.decimal(resolution)
            }
            if !point.labels.isEmpty {
                json.key("labels")
                json.object { json in
                    for (value, label) in point.labels.sorted(by: { $0.key < $1.key }) {
                        json.field(String(value), label)
                    }
                }
            }
            if point.hasBigIntegers { json.field("big", true) }
        }
    }

    private static func write(_ scaling: Scaling, to json: inout JSONWriter) {
        switch scaling {
        case .linear(let scale, let offset):
            json.key("scale")
            json.decimal(scale)
            if offset != .zero {
                json.key("offset")
                json.decimal(offset)
            }
        case .map(let rawLow, let rawHigh, let low, let high):
            json.key("map")
            json.object { json in
                json.key("raw")
                json.array {
                    $0.decimal(rawLow); $0.decimal(rawHigh)
                }
                json.key("to")
                json.array {
                    $0.decimal(low); $0.decimal(high)
                }
            }
        }
    }
}
