/// What a Modbus slave says to one request, and what is to go wrong with it.
struct Reply: Sendable {
    var served: Served
    /// The unit address that the answer carries.
    var unit: UInt8
    /// Function code and data.
    var pdu: [UInt8]
    /// From the end of the request to the first character.
    var delay: Nanoseconds
    var spoilsCRC = false
    /// Bytes missing at the end.
    var missing = 0
    var noiseBefore = 0
    var noiseAfter = 0
}
