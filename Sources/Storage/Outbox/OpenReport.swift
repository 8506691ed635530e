package import GatewayModel

/// What the store was found to hold when it was opened.
package struct OpenReport: Hashable, Sendable {
    package var epoch: Epoch
    /// The store was made just now.
    package var isNew: Bool
    /// The newest batch ever stored in this epoch; nil before the first. It may have been deleted since.
    package var last: BatchKey?
    /// The latest reading time of the newest batch, from this store or, after damage, from the mark beside it; nil
    /// when nothing was ever stored. The `agent-off` gap begins here.
    package var lastReading: BatchTime?
    /// Batches that are stored, and the oldest of them.
    package var batches: UInt64
    package var oldest: BatchKey?
    /// This boot's clock anchor, when an earlier run of this boot had given one: it stands.
    package var anchor: WallAnchor?
    /// Why and where a damaged file was set aside; its batches are reported by a pending gap `corrupt`.
    package var setAside: SetAsideFile?
    /// Batches that had been stored but are missing: a damaged WAL hides everything behind the damage. Their numbers
    /// stay unused and a pending gap `corrupt` names the span.
    package var missing: UInt64

    package init(
        epoch: Epoch, isNew: Bool, last: BatchKey?, lastReading: BatchTime?, batches: UInt64, oldest: BatchKey?,
        anchor: WallAnchor?, setAside: SetAsideFile?, missing: UInt64
    ) {
        self.epoch = epoch
        self.isNew = isNew
        self.last = last
        self.lastReading = lastReading
        self.batches = batches
        self.oldest = oldest
        self.anchor = anchor
        self.setAside = setAside
        self.missing = missing
    }
}

package struct SetAsideFile: Hashable, Sendable {
    /// nil: it was removed, as it held nothing or could not be renamed.
    package var name: String?
    package var reason: String

    package init(name: String?, reason: String) {
        self.name = name
        self.reason = reason
    }
}
