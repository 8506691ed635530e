/// A value and where it was written.
struct Located<Value> {
    var value: Value
    var position: TextPosition

    init(_ value: Value, _ position: TextPosition) {
        self.value = value
        self.position = position
    }

    func map<T>(_ transform: (Value) -> T) -> Located<T> { Located<T>(transform(value), position) }
}

extension Located: Sendable where Value: Sendable {}
