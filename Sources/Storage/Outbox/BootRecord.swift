internal import GatewayModel

/// What the file knows of one boot of the board. Kept for the current boot, and for an earlier one only until its
/// batches are stamped.
struct BootRecord: Hashable, Sendable {
    var id: BootID
    /// The first batch number that this boot could give.
    var firstSequence: UInt64
    /// Batches up to here may have been sent without an anchor, so they keep their bytes for ever.
    var releasedThrough: UInt64
    var anchor: WallAnchor?
    /// Never sent and still to be stamped with `anchor`.
    var unstamped: ClosedRange<UInt64>?
}
