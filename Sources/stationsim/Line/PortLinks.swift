import Glibc
import SerialLine

/// The names of a port: `DIR/BUS`, and for a USB adapter those that udev makes, below `DIR/dev` instead of `/dev`.
struct PortLinks: Sendable {
    let directory: String
    let bus: String
    /// nil: `DIR/BUS` only.
    var adapter: AdapterDefinition?

    var main: String { "\(directory)/\(bus)" }

    /// Makes all of them; the ones below `serial` lead to the one with the number, as udev's do.
    func make(to terminal: PseudoTerminal) throws(PseudoTerminalError) {
        try terminal.link(at: main)
        guard let adapter else { return }
        for folder in ["dev", "dev/serial", "dev/serial/by-id", "dev/serial/by-path"] {
            mkdir("\(directory)/\(folder)", 0o755)
        }
        try terminal.link(at: "\(directory)/dev/\(adapter.device)")
        for path in stable(adapter) {
            unlink(path)
            symlink("../../\(adapter.device)", path)
        }
    }

    /// Removes those that still lead to this port.
    func remove(to terminal: PseudoTerminal) {
        if let adapter {
            let node = "\(directory)/dev/\(adapter.device)"
            for path in stable(adapter) { unlink(path) }
            terminal.unlink(from: node)
        }
        terminal.unlink(from: main)
    }

    private func stable(_ adapter: AdapterDefinition) -> [String] {
        [
            adapter.id.map { "\(directory)/dev/serial/by-id/\($0)" },
            adapter.path.map { "\(directory)/dev/serial/by-path/\($0)" },
        ].compactMap { $0 }
    }
}
