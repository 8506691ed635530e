internal import GatewayModel
internal import Glibc
internal import Logging

/// A file without content that keeps room on the disk for the day when others have filled it. A WAL database on a full
/// disk cannot even be emptied (library facts 4.5); with this much given back, acknowledged batches can be deleted and
/// their pages used again.
extension Outbox {
    static let reserveName = "outbox.reserve"
    /// Between two looks whether there is room for it again.
    private static let reservePause: Nanoseconds = .seconds(60)
    /// It is made when so many times its size are free.
    private static let roominess: UInt64 = 8

    private var reservePath: String { "\(directory)/\(Self.reserveName)" }

    func makeReserve() {
        let now = time.bootTime()
        guard isOpen, now >= nextReserveCheck else { return }
        nextReserveCheck = now + Self.reservePause
        var status = stat()
        if stat(reservePath, &status) == 0, Int64(status.st_size) == layout.reserveBytes { return }
        var system = statvfs()
        guard statvfs(directory, &system) == 0,
            UInt64(system.f_bavail) * UInt64(system.f_frsize) >= Self.roominess * UInt64(layout.reserveBytes)
        else { return }
        let descriptor = Glibc.open(reservePath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        defer { Glibc.close(descriptor) }
        if posix_fallocate(descriptor, 0, off_t(layout.reserveBytes)) != 0 { unlink(reservePath) }
    }

    func releaseReserve() {
        guard unlink(reservePath) == 0 else { return }
        nextReserveCheck = time.bootTime() + Self.reservePause
        logger.warning(
            "the disk is full: the store gives up its reserve", metadata: ["bytes": "\(layout.reserveBytes)"])
    }
}
