/// The line as one receiver hears it.
struct Ear: Sendable {
    /// Whose it is: a receiver is switched off while its own driver is on, and hears mark.
    let owner: Emission.Sender
    /// Its wires are swapped.
    var isInverted = false

    func level(of wire: Wire, at time: Nanoseconds) -> Bool {
        isDeaf(wire, at: time) || wire.level(at: time) != isInverted
    }

    func sample(_ wire: Wire, at time: Nanoseconds) -> Bool {
        isDeaf(wire, at: time) || wire.sample(at: time) != isInverted
    }

    private func isDeaf(_ wire: Wire, at time: Nanoseconds) -> Bool {
        wire.emissions.contains { $0.sender == owner && $0.isOn(at: time) }
    }

    /// The first moment from `time` on, up to `limit`, at which the level is `wanted`.
    func first(_ wanted: Bool, of wire: Wire, from time: Nanoseconds, to limit: Nanoseconds) -> Nanoseconds? {
        var time = time
        while time <= limit {
            if level(of: wire, at: time) == wanted { return time }
            guard let next = wire.nextChange(after: time) else { return nil }
            time = next
        }
        return nil
    }
}
