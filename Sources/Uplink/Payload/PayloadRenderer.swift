package import GatewayModel
internal import Telemetry

/// Makes the bytes that one receiver is sent of a stored batch.
///
/// The same batch always gives the same bytes, so that a duplicate is recognisable. Called on the receiver's thread.
package protocol PayloadRenderer: Sendable {
    /// False: the stored bytes go out as they are, and the dictionary is only published.
    var needsDictionary: Bool { get }

    /// - Parameter dictionary: the JSON text of the batch's dictionary; empty unless ``needsDictionary``.
    /// - Returns: nil when the batch holds nothing that this receiver is meant to see.
    func payload(of batch: StoredBatch, dictionary: [UInt8]) throws -> [UInt8]?

    /// The alarm events of a batch that holds some, each as a message of its own.
    func alarms(in batch: StoredBatch, dictionary: [UInt8]) throws -> [[UInt8]]
}

/// Profile `batch` without a filter: the stored batch itself.
package struct StoredBytesRenderer: PayloadRenderer {
    package init() {}
    package var needsDictionary: Bool { false }
    package func payload(of batch: StoredBatch, dictionary: [UInt8]) -> [UInt8]? { batch.bytes }
    package func alarms(in batch: StoredBatch, dictionary: [UInt8]) throws -> [[UInt8]] {
        try AlarmJSON.copies(of: batch.bytes)
    }
}
