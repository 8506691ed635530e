internal import GatewayModel

/// The JSON Schema of the config, for editors. It knows keys, types and words; what hangs together only the checker
/// knows.
package enum ConfigSchema {
    /// One line of JSON, the same for the same version.
    package static var json: String {
        var json = JSONWriter()
        ValueShape.root.write(&json)
        let head =
            "\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"title\":\"District Gateway board config\","
        return "{" + head + json.text.dropFirst()
    }
}
