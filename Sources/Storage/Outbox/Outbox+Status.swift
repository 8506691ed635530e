internal import GatewayModel
internal import Glibc
internal import Telemetry

extension Outbox {
    /// Publishes what ``status`` shows.
    /// - Parameter light: nothing is read for it; the rest stays as it was.
    func refreshStatus(light: Bool = false) {
        var status = self.status
        status.epoch = file?.epoch
        status.lastSequence = index.lastSequence
        status.batches = index.stored.count + foreign.reduce(0) { $0 + $1.index.stored.count }
        status.salvaging = salvage?.name ?? pendingSalvages.first
        status.salvaged = salvaged
        status.limitBytes = layout.pages * layout.pageSize
        status.sizeBytes = layout.size
        status.held = index.heldCount
        status.evicted = evicted
        status.thinned = thinned
        status.reblocked = reblocked
        status.damaged = damaged
        status.pendingGaps = gaps.count
        status.lastCommit = lastCommit
        status.slowestCommit = slowestCommit
        status.trouble = trouble
        let before = status.receivers
        status.receivers = index.receivers.indices.map { position in
            var receiver = OutboxStatus.Receiver(
                id: index.receivers[position].id,
                unacknowledged: foreign.reduce(index.unacknowledgedCount(by: position)) {
                    $0 + $1.index.unacknowledgedCount(by: position)
                })
            if light, receiver.unacknowledged > 0, before.indices.contains(position) {
                receiver.oldestUnsent = before[position].oldestUnsent
            } else if receiver.unacknowledged > 0 {
                receiver.oldestUnsent =
                    oldestForeign(by: position)
                    ?? index.oldestUnacknowledged(by: position).flatMap { times(of: $0)?.first }
            }
            return receiver
        }
        if !light {
            if let file, let pages = try? file.usedPages() { status.usedBytes = pages * layout.pageSize }
            status.bytesWritten = WrittenBytes.ofThisThread()
        }
        publish(status)
    }

    private func oldestForeign(by receiver: ReceiverIndex) -> BatchTime? {
        for epoch in foreign {
            if let first = epoch.index.oldestUnacknowledged(by: receiver) { return foreignTimes(first, epoch)?.first }
        }
        return nil
    }

    /// First and last reading of a stored batch; nil when its bytes are damaged.
    func times(of sequence: UInt64) -> BatchTimes? {
        if let known = times[sequence] { return known }
        guard let file, let found = try? file.envelope(of: sequence) else { return nil }
        let read = found.0.batch.times
        times.set(sequence, read)
        return read
    }
}

extension OutboxIndex {
    /// Held-back ones included.
    func oldestUnacknowledged(by receiver: ReceiverIndex) -> UInt64? {
        var open = self
        open.held = nil
        return open.unacknowledged(by: receiver, from: 0, limit: 1).first
    }
}

/// What this thread has given to write(2), as the kernel counts it.
enum WrittenBytes {
    /// nil: a kernel without I/O accounting.
    static func ofThisThread() -> UInt64? {
        let descriptor = open("/proc/thread-self/io", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 512)
        let length = read(descriptor, &bytes, bytes.count)
        guard length > 0 else { return nil }
        for line in bytes[..<length].split(separator: UInt8(ascii: "\n")) where line.starts(with: Array("wchar: ".utf8))
        {
            return UInt64(String(decoding: line.dropFirst(7), as: UTF8.self))
        }
        return nil
    }
}
