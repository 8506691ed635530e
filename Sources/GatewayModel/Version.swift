package enum Version {
    /// Of the whole package: what `--version`, status and meta tell.
    package static let text = "0.1.0"
}
