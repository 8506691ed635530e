internal import Glibc
internal import Synchronization

/// A program that runs beside a test and ends with it, even when the test process is killed: a shell waits for the end
/// of its standard input, which the kernel closes with the test process, and then kills the program.
package final class BrokerProcess: Sendable {
    private struct State {
        var process: pid_t
        var input: CInt
        var output: CInt
        var buffer: [UInt8] = []
        var lines: [String] = []
    }

    private let state: Mutex<State>

    /// - Parameter arguments: the program's path and its arguments.
    package init(_ arguments: [String]) throws(BrokerError) {
        var input: [CInt] = [-1, -1]
        var output: [CInt] = [-1, -1]
        guard pipe(&input) == 0, pipe(&output) == 0 else { throw .doesNotStart }
        for end in input + output { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer {
            close(input[0])
            close(output[1])
        }
        let process = Self.spawn(arguments, input: input[0], output: output[1])
        _ = fcntl(output[0], F_SETFL, O_NONBLOCK)
        state = Mutex(State(process: process ?? -1, input: input[1], output: output[0]))
        guard process != nil else { throw .doesNotStart }
    }

    deinit {
        end("KILL")
        state.withLock { _ = close($0.output) }
    }

    /// Whole lines of its standard output so far.
    package var lines: [String] {
        state.withLock { state in
            Self.drain(&state)
            return state.lines
        }
    }

    /// Sends the signal (`TERM`, `KILL`, ...) and waits until the program has ended.
    package func end(_ signal: String = "TERM") {
        state.withLock { state in
            guard state.process > 0 else { return }
            let word = Array((signal + "\n").utf8)
            _ = write(state.input, word, word.count)
            close(state.input)
            var status: CInt = 0
            while waitpid(state.process, &status, 0) < 0, errno == EINTR {}
            state.process = -1
            Self.drain(&state)
        }
    }

    private static func drain(_ state: inout State) {
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(state.output, &chunk, chunk.count)
            guard count > 0 else { break }
            state.buffer += chunk[..<count]
        }
        let parts = state.buffer.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard parts.count > 1, let rest = parts.last else { return }
        state.lines += parts.dropLast().map { String(decoding: $0, as: UTF8.self) }
        state.buffer = Array(rest)
    }

    private static func spawn(_ arguments: [String], input: CInt, output: CInt) -> pid_t? {
        let script = #""$@" & child=$!; read line; kill -${line:-KILL} $child; wait $child"#
        var argv = (["/bin/sh", "-c", script, "sh"] + arguments).map { strdup($0) } + [nil]
        defer { argv.forEach { free($0) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        // The test runner's threads block signals, and a shell that inherits that never hears of its child's end.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var process = pid_t()
        return posix_spawn(&process, "/bin/sh", &actions, &attributes, &argv, environ) == 0 ? process : nil
    }
}

package enum BrokerError: Error { case doesNotStart, doesNotListen, doesNotSubscribe }
