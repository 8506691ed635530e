/// Bytes that are not a batch or a dictionary: what is wrong with them.
package struct BatchFormatError: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
}
