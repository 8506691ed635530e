internal import Glibc

/// Names of a port that stay with it: the links that udev makes in some directories.
package enum StableNames {
    package static let directories = [
        "/dev/rs485/by-path", "/dev/rs485/by-serial", "/dev/serial/by-id", "/dev/serial/by-path",
    ]

    /// By the device's path, in the order of the directories, then by name. Directories that are not there hold none.
    package static func links(in directories: [String] = directories) -> [String: [String]] {
        var links: [String: [String]] = [:]
        for directory in directories {
            for name in names(in: directory) {
                let path = "\(directory)/\(name)"
                guard let target = realpath(path, nil) else { continue }
                links[String(cString: target), default: []].append(path)
                free(target)
            }
        }
        return links
    }

    private static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
