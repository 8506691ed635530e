/// What a YAML file may be, at most.
package enum YAMLLimits {
    package static let bytes = 1 << 20
    /// Values and collections after aliases are followed; a key counts with its value.
    package static let nodes = 10_000
    /// Collections inside collections.
    package static let depth = 32
}
