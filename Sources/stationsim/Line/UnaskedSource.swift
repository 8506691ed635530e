/// Somebody who sends without having been asked: noise on the idle line, a babbling device, a second master.
struct UnaskedSource: Sendable {
    let kind: Kind
    let every: Nanoseconds
    let to: Nanoseconds
    /// Since the start; nil: never again.
    var due: Nanoseconds?
    /// How often it has sent.
    var count = 0

    enum Kind: Sendable {
        case noise(bytes: Int)
        /// - Parameter place: Of the device in its bus.
        case babble(place: Int, bytes: Int, frame: [UInt8]?)
        /// By its place in the bus; exactly once in each span of `every`.
        case master(Int)
    }

    static func all(of bus: BusDefinition, _ serial: SerialDefinition) -> [UnaskedSource] {
        var sources: [UnaskedSource] = []
        for fault in bus.faults {
            guard case .idleNoise(let every, let bytes) = fault.kind else { continue }
            sources.append(
                UnaskedSource(kind: .noise(bytes: bytes), every: every, to: fault.to, due: max(fault.from, every)))
        }
        for (place, device) in bus.devices.enumerated() {
            for fault in device.faults {
                guard case .babble(let every, let bytes, let frame) = fault.kind else { continue }
                sources.append(
                    UnaskedSource(
                        kind: .babble(place: place, bytes: bytes, frame: frame), every: every, to: fault.to,
                        due: max(fault.from, every)))
            }
        }
        for (place, master) in serial.masters.enumerated() {
            sources.append(
                UnaskedSource(kind: .master(place), every: master.every, to: master.to, due: master.from))
        }
        return sources
    }

    /// Moves on to its next time.
    mutating func advance(_ elapsed: Nanoseconds, _ random: inout SeededRandom) {
        count += 1
        let last = max(due ?? elapsed, elapsed - every)
        if case .master = kind {
            due = last + every
        } else {
            due = last + every / 2 + Nanoseconds(random.next() % UInt64(every))
        }
        if let due, due >= to { self.due = nil }
    }
}
