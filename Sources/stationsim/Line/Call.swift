import SerialLine

/// A request that has left the line, as its master sent it.
struct Call {
    let bytes: [UInt8]
    let start: Nanoseconds
    let end: Nanoseconds
    let settings: SerialSettings
    let isInverted: Bool
    /// Its place on the wire.
    let emission: UInt64
    /// Whose; nil: of the program at the port.
    let master: Int?
    /// What was on the line before.
    let previous: (end: Nanoseconds, kind: SerialLineSimulation.FrameKind)

    var time: Nanoseconds { end - start }
}
