internal import Glibc

/// The other end of ``ShellServer``: for `gatewayctl`.
package enum ShellClient {
    /// Why no answer came, and what to do next.
    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    /// Sends one line and returns the whole answer, at most 16 MiB. Blocks, at most 5 s without progress.
    package static func ask(_ line: String, at path: String) throws(Failure) -> [UInt8] {
        let descriptor = UnixSocket.open()
        guard descriptor >= 0 else { throw Failure(description: "no socket: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        UnixSocket.setTimeouts(descriptor, seconds: 5)
        guard UnixSocket.withAddress(path, { connect(descriptor, $0, $1) }) == 0 else {
            throw Failure(description: Self.explanation(of: errno, path: path))
        }
        guard UnixSocket.writeAll(descriptor, Array((line + "\n").utf8)),
            let answer = UnixSocket.readAll(descriptor, limit: 16 << 20), !answer.isEmpty
        else { throw Failure(description: "gatewayd did not answer on \(path) within 5 s") }
        return answer
    }

    private static func explanation(of error: CInt, path: String) -> String {
        switch error {
        case ENOENT, ECONNREFUSED:
            "gatewayd is not running here (nobody listens on \(path)); is --state-dir the daemon's?"
        case EACCES: "no permission to open \(path); join the group gatewayd or use sudo"
        case ENAMETOOLONG: "\(path) is longer than \(UnixSocket.longestPath - 1) bytes; use a shorter state directory"
        default: "cannot connect to \(path): \(String(cString: strerror(error)))"
        }
    }
}
