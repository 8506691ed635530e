/// A point's place in the list of all points of one configuration, from 0.
package typealias PointIndex = Int

/// What a device said, before scale and offset: nothing is rounded on the way to the receiver.
package enum Sample: Hashable, Sendable {
    /// Every integer, bit and BCD type. A `uint64` is kept by its bit pattern; the point's type tells.
    case integer(Int64)
    case float32(Float)
    case float64(Double)
    case text(String)
}

/// One point's value at one moment, or why there is none.
package struct Reading: Hashable, Sendable {
    package var point: PointIndex
    /// The moment of the last byte of the accepted answer; for a failed request, the moment it was given up.
    package var time: BootTime
    package var quality: Quality
    /// nil exactly when `quality` carries no value.
    package var sample: Sample?

    package init(point: PointIndex, time: BootTime, quality: Quality, sample: Sample?) {
        self.point = point
        self.time = time
        self.quality = quality
        self.sample = sample
    }
}

/// Where a bus worker, a GPIO line or the board's own sensors put what they read.
package protocol ReadingSink: Sendable {
    /// Takes the readings of one transaction. Never waits, never throws, may be called on any thread.
    func accept(_ readings: [Reading])
}
