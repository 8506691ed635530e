/// What is wrong with the cable itself.
struct WireCondition: Hashable, Sendable {
    /// Resistors hold the line at mark while nobody drives it. Without them it floats.
    var isBiased = true
    var isTerminated = true
    /// Metres, for the reflections of a line that is not terminated.
    var length = 1000
    /// Electromagnetic noise while a machine runs.
    var interference: Interference?

    struct Interference: Hashable, Sendable {
        /// The mean time between two bursts, and how long each lasts.
        var every: Nanoseconds
        var length: Nanoseconds
        /// It is there while this signal is 0.5 or more; nil: always.
        var signal: Int?
    }

    /// True where bytes pass unchanged as long as only one sends.
    var isSound: Bool { isBiased && isTerminated && interference == nil }

    /// How fast the reflections of an edge die away. They run the length of the cable and back at 5 ns a metre, and each
    /// time about half of the wave stays: an open end gives nearly all of it back, a driver 60 %.
    var reflectionTime: Double { 1.6 * 10 * Double(length) }
}
