internal import Glibc

/// The first line of a small file, without its line end.
enum PasswordFile {
    static let mostBytes = 4096

    static func read(_ path: String) throws(MQTTProblem) -> String {
        let remedy = "put the password into the first line of that file and let the agent's user read it"
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let words = String(cString: strerror(errno))
            throw MQTTProblem(.configuration, "cannot read the password file \(path): \(words)", remedy: remedy)
        }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: mostBytes)
        let count = Glibc.read(descriptor, &buffer, mostBytes)
        guard count > 0 else {
            throw MQTTProblem(.configuration, "the password file \(path) is empty", remedy: remedy)
        }
        var line = buffer[..<count].prefix { $0 != UInt8(ascii: "\n") }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        guard !line.isEmpty, !line.contains(0), let text = String(validating: line, as: UTF8.self) else {
            throw MQTTProblem(
                .configuration, "the first line of the password file \(path) is no text", remedy: remedy)
        }
        return text
    }
}
