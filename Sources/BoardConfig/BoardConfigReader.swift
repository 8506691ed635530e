/// Reads and checks a board config: the one way from YAML to the gateway's configuration.
package enum BoardConfigReader {
    /// Reads the file, its board and its templates. Blocks on the file system; touches nothing.
    ///
    /// - Parameters:
    ///   - path: The config file, as problems shall name it.
    ///   - libraryDirectories: Where `boards/NAME.yaml` and `devices/NAME.yaml` are looked for, in this order; nil for
    ///     ``LibraryDirectories/standard(configFile:)``.
    package static func read(file path: String, libraryDirectories: [String]? = nil) -> BoardConfigResult {
        do {
            let bytes = try ConfigFile.read(path)
            return read(
                bytes: bytes, file: path,
                libraryDirectories: libraryDirectories ?? LibraryDirectories.standard(configFile: path))
        } catch {
            let problem = Problem(
                file: path, position: .start, severity: .error,
                message: "cannot be read: \(error.reason), expected a board config")
            return BoardConfigResult(configuration: nil, problems: [problem])
        }
    }

    /// The same, with the config's bytes at hand.
    package static func read(bytes: [UInt8], file path: String, libraryDirectories: [String]) -> BoardConfigResult {
        let log = ProblemLog()
        log.begin(file: path)
        let library = TemplateLibrary(directories: libraryDirectories, log: log)
        let reading = ConfigReading(context: FileContext(file: path, log: log), library: library)
        let configuration = reading.configuration(bytes)
        var result = BoardConfigResult(
            configuration: log.hasErrors ? nil : configuration, problems: log.sorted, places: log.places)
        result.libraryFiles = library.used
        return result
    }
}
