internal import Glibc
internal import Synchronization

/// The directory that holds all durable files, locked for this process as long as this lives.
package final class StateDirectory: Sendable {
    static let lockName = "gatewayd.lock"

    package let path: String
    private let descriptor: CInt

    /// Makes the directory if it is missing (mode 0700) and locks it. Does not wait.
    package static func acquire(_ path: String) throws(StateDirectoryError) -> StateDirectory {
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw .failed(operation: "mkdir \(path)", errorNumber: errno) }
        let lock = "\(path)/\(lockName)"
        let descriptor = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .failed(operation: "open \(lock)", errorNumber: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            let owner = pid(in: descriptor)
            close(descriptor)
            if number == EWOULDBLOCK { throw .inUse(path: path, pid: owner) }
            throw .failed(operation: "flock \(lock)", errorNumber: number)
        }
        // The kernel gives the lock back however this process ends; the number is only for people, so a full disk
        // does not matter here.
        let text = Array("\(getpid())\n".utf8)
        _ = ftruncate(descriptor, 0)
        _ = pwrite(descriptor, text, text.count, 0)
        return StateDirectory(path: path, descriptor: descriptor)
    }

    private init(path: String, descriptor: CInt) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    private static func pid(in descriptor: CInt) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let length = pread(descriptor, &bytes, bytes.count, 0)
        return Int32(String(decoding: bytes.prefix(max(0, length)).prefix { $0 != 10 }, as: UTF8.self))
    }
}

/// The wish to own a directory that may not be there yet.
package final class StateDirectoryClaim: Sendable {
    private let path: String
    private let held = Mutex<StateDirectory?>(nil)

    package init(_ path: String) { self.path = path }

    /// Makes and locks the directory, unless that was done already. Does not wait.
    package func claim() throws(StateDirectoryError) {
        guard held.withLock({ $0 == nil }) else { return }
        let directory = try StateDirectory.acquire(path)
        held.withLock { $0 = directory }
    }
}

/// Why a state directory cannot be used.
package enum StateDirectoryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another gatewayd runs on it (exit status 75). `pid` nil: not readable.
    case inUse(path: String, pid: Int32?)
    case failed(operation: String, errorNumber: Int32)

    package var description: String {
        switch self {
        case .inUse(let path, let pid):
            "state directory \(path) is in use by \(pid.map { "pid \($0)" } ?? "another process")"
        case .failed(let operation, let number):
            "\(operation): \(String(cString: strerror(number)))"
        }
    }
}
