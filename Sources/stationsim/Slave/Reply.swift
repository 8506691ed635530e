/// What a slave says to one request, and what is to go wrong with it.
struct Reply: Sendable {
    var device: String
    /// The unit address that the answer carries.
    var unit: UInt8
    /// Function code and data.
    var pdu: [UInt8]
    /// From the end of the request to the first character.
    var delay: Nanoseconds
    var values: [TruthValue]
    /// The event to log in place of the values, such as `crc`; nil: served as it should be.
    var event: String?
    /// A master may take the values or may not: there is noise around the frame.
    var isDoubtful = false
    var spoilsCRC = false
    /// Bytes missing at the end.
    var missing = 0
    var noiseBefore = 0
    var noiseAfter = 0

    var isException: Bool { (pdu.first ?? 0) & 0x80 != 0 }
}
