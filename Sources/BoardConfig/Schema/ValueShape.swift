internal import GatewayModel

/// What stands at a place of the config, as JSON Schema can say it.
indirect enum ValueShape: Sendable {
    case text
    case pattern(String)
    case integer(ClosedRange<Int64>)
    case number
    case boolean
    case choice([String])
    /// A version number may be written as a number too.
    case constant([String])
    case list(ValueShape)
    case pair
    case map(ValueShape)
    case mapping(KeySet, required: [String])
    case either([ValueShape])

    static let duration = ValueShape.pattern("^[0-9]+(ms|s|m|h|d)$")
    static let size = ValueShape.pattern("^[0-9]+(KiB|MiB|GiB)$")
    static func identifier(_ pattern: IdentifierPattern) -> ValueShape { .pattern("^\(pattern.text)$") }

    func write(_ json: inout JSONWriter) {
        json.object { json in
            switch self {
            case .text: json.field("type", "string")
            case .pattern(let pattern):
                json.field("type", "string")
                json.field("pattern", pattern)
            case .integer(let range):
                json.field("type", "integer")
                json.field("minimum", range.lowerBound)
                json.field("maximum", range.upperBound)
            case .number: json.field("type", "number")
            case .boolean: json.field("type", "boolean")
            case .choice(let names):
                json.key("enum")
                json.array { json in names.forEach { json.string($0) } }
            case .constant(let values):
                json.key("enum")
                json.array { json in values.forEach { json.raw($0) } }
            case .list(let item):
                json.field("type", "array")
                json.key("items")
                item.write(&json)
            case .pair:
                json.field("type", "array")
                json.key("items")
                ValueShape.number.write(&json)
                json.field("minItems", 2)
                json.field("maxItems", 2)
            case .map(let value):
                json.field("type", "object")
                json.key("additionalProperties")
                value.write(&json)
            case .mapping(let keys, let required): Self.write(keys, required, &json)
            case .either(let shapes):
                json.key("anyOf")
                json.array { json in shapes.forEach { $0.write(&json) } }
            }
        }
    }

    private static func write(_ keys: KeySet, _ required: [String], _ json: inout JSONWriter) {
        json.field("type", "object")
        json.key("properties")
        json.object { json in
            for key in keys.keys {
                json.key(key)
                ValueShape.of(key, in: keys).write(&json)
            }
        }
        json.key("required")
        json.array { json in required.forEach { json.string($0) } }
        json.field("additionalProperties", false)
    }
}
