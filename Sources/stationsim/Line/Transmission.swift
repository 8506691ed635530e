/// Bytes that a slave, or noise, puts on the line from a certain moment on.
struct Transmission {
    /// When the first character begins.
    var start: Nanoseconds
    var bytes: [UInt8]
    /// Characters already handed over.
    var sent = 0
    /// Another frame was on the line at the same time.
    var isGarbled = false
    /// The other end did not read, and the bytes were lost.
    var isLost = false
    /// What it is; nil: noise.
    var reply: Reply?
    /// Characters of the request that it answers.
    var requestLength = 0
}
