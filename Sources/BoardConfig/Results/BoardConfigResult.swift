package import GatewayModel

/// What came of reading one config file.
package struct BoardConfigResult: Sendable {
    /// nil exactly when a problem is an error.
    package var configuration: GatewayConfiguration?
    /// Of the config file first, then of the board and the templates that it names; by line and column.
    package var problems: [Problem]
    package var places: ConfigPlaces
    /// The board and the templates that the config names, as `boards/NAME.yaml` or `devices/NAME.yaml`, and where they
    /// were found.
    package var libraryFiles: [String: String] = [:]

    package init(configuration: GatewayConfiguration?, problems: [Problem], places: ConfigPlaces = ConfigPlaces()) {
        self.configuration = configuration
        self.problems = problems
        self.places = places
    }

    package var errors: [Problem] { problems.filter { $0.severity == .error } }
}
