package import GatewayModel

/// A span that the store itself lost (evicted or damaged batches), waiting to be put into a batch.
///
/// It lies in the file until an append consumes it, so a crash in between loses it not.
package struct PendingGap: Hashable, Sendable, Identifiable {
    package var id: Int64
    package var gap: Gap

    package init(id: Int64, gap: Gap) {
        self.id = id
        self.gap = gap
    }
}

/// The same as it lies in the file: its ends know their boot.
struct GapRecord: Hashable, Sendable {
    /// Records that wait at the same time; beyond, the newest is extended.
    static let limit = 64

    var id: Int64
    var reason: GapReason
    /// nil: not known.
    var from: BatchTime?
    var to: BatchTime?
    /// Handed out by `takePendingGaps`; its span must not change any more.
    var isTaken = false

    func pending(in boot: BootID) -> PendingGap {
        PendingGap(
            id: id,
            gap: Gap(
                scope: .everything, from: from?.edge(in: boot) ?? .unknown, to: to?.edge(in: boot) ?? .unknown,
                reason: reason))
    }
}
