internal import Glibc

/// Where boards and device templates are looked for: `DIR/boards/NAME.yaml`, `DIR/devices/NAME.yaml`.
package enum LibraryDirectories {
    /// In this order, the first that has the file wins: each directory of `DG_BOARDCONFIGS` (colons between), a
    /// `BoardConfigs` directory beside the config file or beside any directory that holds it, `./BoardConfigs`,
    /// `/etc/gatewayd`, `/usr/share/district-gateway`.
    package static func standard(configFile: String) -> [String] {
        var directories: [String] = []
        if let variable = getenv("DG_BOARDCONFIGS") {
            directories += String(cString: variable).split(separator: ":").map(String.init)
        }
        directories += ancestors(of: configFile).map { $0 == "/" ? "/BoardConfigs" : "\($0)/BoardConfigs" }
        directories += ["BoardConfigs", "/etc/gatewayd", "/usr/share/district-gateway"]
        var seen: Set<String> = []
        return directories.filter { seen.insert($0).inserted }
    }

    /// The directory of the file and all above it; also the one that is itself called BoardConfigs counts as beside.
    private static func ancestors(of file: String) -> [String] {
        var path = file
        if !path.hasPrefix("/") {
            guard let here = ConfigFile.currentDirectory() else { return [] }
            path = "\(here)/\(path)"
        }
        var parts: [Substring] = []
        for part in path.split(separator: "/") {
            if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
        }
        var result: [String] = []
        while !parts.isEmpty, result.count < 64 {
            parts.removeLast()
            result.append("/" + parts.joined(separator: "/"))
        }
        return result
    }
}
