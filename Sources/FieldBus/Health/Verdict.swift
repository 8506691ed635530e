/// What is wrong with a device or a line, in plain words: what, from what one can tell, what to do next.
package struct Verdict: Hashable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        /// It answered before and is gone, or never was there.
        case deadOrUnpowered = "dead-or-unpowered"
        /// Nobody answers at the configured address, and somebody at another one.
        case wrongAddress = "wrong-address"
        /// It answers, but at another baud rate or parity; or all answers of a line are garbled.
        case wrongBaudOrParity = "wrong-baud-or-parity"
        /// Its serial number is not the one that was there.
        case otherDevice = "another-device"
        case sharedAddress = "two-devices-on-one-address"
        /// Answers of this one device are spoiled and those of the others are not.
        case spoiltAtDevice = "answers-spoilt-at-device"
        /// Spoiled answers all along the line: reflections, so the long ones most.
        case termination = "missing-termination"
        /// Bytes while nobody speaks.
        case bias = "missing-bias"
        case noiseFromSignal = "noise-with-signal"
        /// Spoiled answers all along the line, and no more is known.
        case noise = "noise"
        case tooSlow = "too-slow-for-timeout"
        /// It sends sound frames that nobody asked for.
        case babbler = "speaks-unasked"
        case secondMaster = "second-master"
        case swappedWires = "a-and-b-swapped"
        /// Nothing at all comes from any device of the line.
        case deadLine = "dead-line"
        /// The port hears what it sends.
        case echo = "local-echo"
    }

    package var kind: Kind
    /// nil: the whole bus.
    package var device: String?
    /// One sentence.
    package var summary: String
    /// What it rests on, with figures.
    package var evidence: [String]
    /// What to do next.
    package var advice: String

    package init(_ kind: Kind, device: String? = nil, _ summary: String, evidence: [String], advice: String) {
        self.kind = kind
        self.device = device
        self.summary = summary
        self.evidence = evidence
        self.advice = advice
    }
}
