internal import CLinux
internal import GatewayModel
internal import Glibc

/// Runs a program of the system for what it prints. Bounded: it is ended at `patience` or `mostBytes`, whichever is first.
struct OtherProgram: Sendable {
    let path: String
    let arguments: [String]
    let patience: Nanoseconds
    let mostBytes: Int

    /// What it printed, with no settings of a user's; nil: it cannot be run. Blocks for up to `patience`, so for threads
    /// that may.
    func output(_ time: any TimeSource = SystemTime()) -> [UInt8]? {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let process = start(output: ends[1])
        close(ends[1])
        guard let process else { return nil }
        defer {
            // One that has ended already is not harmed.
            kill(process, SIGKILL)
            var status: CInt = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
        }
        return read(ends[0], until: time.bootTime() + patience, time)
    }

    private func read(_ file: CInt, until deadline: BootTime, _ time: any TimeSource) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while bytes.count < mostBytes {
            var events: Int16 = 0
            let rest = deadline - time.bootTime()
            guard rest > 0, CLinux_poll_one(file, Int16(POLLIN), rest, &events) > 0 else { break }
            let count = Glibc.read(file, &piece, piece.count)
            guard count > 0 else { break }
            bytes += piece.prefix(count)
        }
        return bytes
    }

    private func start(output: CInt) -> pid_t? {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        guard posix_spawn_file_actions_init(&actions) == 0 else { return nil }
        defer { posix_spawn_file_actions_destroy(&actions) }
        guard posix_spawnattr_init(&attributes) == 0 else { return nil }
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        // The daemon blocks signals to wait for them; what it starts must not.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        var settings = [strdup("LC_ALL=C"), nil]
        defer { for word in words + settings { free(word) } }
        var process: pid_t = 0
        return posix_spawn(&process, path, &actions, &attributes, &words, &settings) == 0 ? process : nil
    }
}
