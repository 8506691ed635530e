/// What the section `devices` of a config says, key by key, as it may stand between `{` and `}`: for who writes it anew.
package struct DeviceListText: Sendable {
    package struct Field: Hashable, Sendable {
        package var key: String
        /// On one line. A text that would be read as something else is in quotes.
        package var value: String
    }

    package struct Device: Sendable {
        /// Without `points`.
        package var fields: [Field]
        /// nil: there is no key `points`. A point that is only a name has the field `id` alone.
        package var points: [[Field]]?
    }

    package var devices: [Device]

    /// None when the bytes are not one YAML mapping. Aliases are followed; what the keys mean is not looked at.
    package static func read(_ bytes: [UInt8]) -> DeviceListText {
        guard let root = YAMLLoader.load(bytes, FileContext(file: "", log: ProblemLog())),
            case .mapping(let pairs) = root.content,
            case .sequence(let items)? = pairs.first(where: { $0.key == "devices" })?.value.content
        else { return DeviceListText(devices: []) }
        return DeviceListText(devices: items.map(device))
    }

    private static func device(_ node: YAMLNode) -> Device {
        guard case .mapping(let pairs) = node.content else { return Device(fields: []) }
        var device = Device(fields: fields(pairs.filter { $0.key != "points" }))
        if case .sequence(let items)? = pairs.first(where: { $0.key == "points" })?.value.content {
            device.points = items.map { item in
                if case .mapping(let pairs) = item.content { return fields(pairs) }
                return [Field(key: "id", value: item.flowText)]
            }
        }
        return device
    }

    private static func fields(_ pairs: [YAMLNode.Pair]) -> [Field] {
        pairs.map { Field(key: $0.key, value: $0.value.flowText) }
    }
}

extension YAMLNode {
    /// The same value in YAML's flow style.
    var flowText: String {
        switch content {
        case .scalar(let text, let quoted): quoted ? FlowText.quoted(text) : FlowText.plain(text)
        case .sequence(let items): "[" + items.map(\.flowText).joined(separator: ", ") + "]"
        case .mapping(let pairs):
            "{" + pairs.map { "\(FlowText.plain($0.key)): \($0.value.flowText)" }.joined(separator: ", ") + "}"
        }
    }
}

/// Scalars of YAML's flow style.
package enum FlowText {
    /// As it is when it stays a plain scalar between brackets, else in quotes.
    package static func plain(_ text: String) -> String {
        let isSafe = text.utf8.enumerated().allSatisfy { index, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "+"),
                UInt8(ascii: "/"):
                true
            case UInt8(ascii: "-"): index > 0 || text.utf8.count > 1
            case UInt8(ascii: "%"), UInt8(ascii: "*"): index > 0
            case UInt8(ascii: "~"): text.utf8.count == 1
            default: false
            }
        }
        return isSafe && !text.isEmpty ? text : quoted(text)
    }

    /// In double quotes, on one line.
    package static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
