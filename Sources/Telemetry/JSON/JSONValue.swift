package import GatewayModel

/// A parsed JSON text. Numbers keep their text, objects their order.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// As written: valid by RFC 8259, section 6.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([Member])

    package struct Member: Hashable, Sendable {
        package var key: String
        package var value: JSONValue
        package init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// The member of an object; nil when there is none, or this is no object.
    package subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    package var isNull: Bool { self == .null }

    /// Keys and values in the order written.
    package var object: [(key: String, value: JSONValue)]? {
        if case .object(let members) = self { members.map { ($0.key, $0.value) } } else { nil }
    }

    /// A number without fraction or exponent that fits.
    package var integer: Int64? { if case .number(let text) = self { Int64(text) } else { nil } }
    package var unsigned: UInt64? { if case .number(let text) = self { UInt64(text) } else { nil } }

    /// A number within the range of `DecimalNumber(_:)`, exactly.
    package var decimal: DecimalNumber? { if case .number(let text) = self { DecimalNumber(text) } else { nil } }
    /// The nearest double.
    package var double: Double? { if case .number(let text) = self { Double(text) } else { nil } }
}

/// A text that is not JSON: what is wrong, and where (bytes from the start).
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    package var problem: String
    package var offset: Int
    package var description: String { "byte \(offset): \(problem)" }
}
