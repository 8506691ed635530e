/// Who acknowledges batches. Its place in the list is the ``GatewayModel/ReceiverIndex``.
package struct OutboxReceiver: Hashable, Sendable {
    /// The uplink's id: acknowledgements are kept under it, so the order of the list may change between starts.
    package var id: String
    /// A batch leaves the store only when every receiver so marked has acknowledged it.
    package var must: Bool

    package init(id: String, must: Bool) {
        self.id = id
        self.must = must
    }
}
