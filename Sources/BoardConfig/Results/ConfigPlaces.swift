/// Where things stand in the config file, for what is found out about them later.
package struct ConfigPlaces: Hashable, Sendable {
    /// By id.
    package internal(set) var buses: [String: TextPosition] = [:]
    package internal(set) var devices: [String: TextPosition] = [:]
    /// The start of the file when the section is not there.
    package internal(set) var store = TextPosition.start
}
