package import GatewayModel

/// What became of one reading.
package struct ConditionedReading: Hashable, Sendable {
    /// After all rules, whether sent or not: what `status` shows.
    package var quality: Quality
    /// As stored; nil exactly when `quality` carries no value.
    package var sample: Sample?
    /// To be stored and sent; nil: silent by dead band or bad span.
    package var reading: Reading?
    /// The bad span that ended with it.
    package var gap: Gap?

    package init(quality: Quality, sample: Sample? = nil, reading: Reading? = nil, gap: Gap? = nil) {
        self.quality = quality
        self.sample = sample
        self.reading = reading
        self.gap = gap
    }
}
