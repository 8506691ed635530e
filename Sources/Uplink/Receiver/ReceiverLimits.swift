/// What a receiver may hold in memory.
package struct ReceiverLimits: Sendable {
    /// Messages published and not acknowledged, 1...256; the broker's receive maximum lowers it.
    package var window = 16
    /// Payload bytes published and not acknowledged; one message always goes.
    package var bytesInFlight = 512 << 10
    /// Blobs kept from notifications to save a read.
    package var freshBatches = 4
    package var freshBytes = 256 << 10
    /// Acknowledgements that wait for the store; more stop the sending.
    package var unrecorded = 256
    /// Keys handed to the store in one call.
    package var acknowledgementGroup = 64
    /// `ack: platform`: batches that the broker has and the platform has not acknowledged; more stop the sending.
    package var awaitingPlatform = 1024
    /// Dictionaries remembered as acknowledged.
    package var dictionaries = 64

    package init() {}
}
