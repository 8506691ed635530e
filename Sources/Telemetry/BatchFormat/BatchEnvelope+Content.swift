package import GatewayModel

extension BatchEnvelope {
    /// Opens the body.
    package func content() throws(BatchFormatError) -> BatchContent {
        let content = try BatchBody.decode(batch.body, base: batch.first)
        guard content.readings.count == batch.readings else { throw BatchFormatError("number of readings differs") }
        return content
    }

    /// The times inside can be given in UTC: there is an anchor, and its stated error is below 5 min up to `last`.
    package var hasTrustedClock: Bool {
        guard let anchor = batch.anchor else { return false }
        return anchor.isTrusted(at: batch.last) && anchor.isTrusted(at: batch.first)
    }

    /// UTC in ms, rounded down, of a time of this batch's boot; nil without an anchor.
    package func wallMilliseconds(_ time: BootTime) -> Int64? {
        batch.anchor.map { $0.realTime(at: BootTime(milliseconds: time.milliseconds)).flooredMilliseconds }
    }

    /// Puts an anchor into a stored batch that has none; everything else stays as it is.
    ///
    /// - Throws: when the bytes are no batch, or have an anchor already: a sent batch is never changed.
    package static func stamped(_ bytes: [UInt8], anchor: WallAnchor) throws(BatchFormatError) -> [UInt8] {
        var envelope = try decode(bytes)
        guard envelope.batch.anchor == nil else { throw BatchFormatError("has an anchor already") }
        envelope.batch.anchor = anchor
        return envelope.encoded()
    }
}
