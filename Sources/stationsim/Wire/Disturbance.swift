/// A span in which something else than the drivers decides about the level: alternating pieces of random length.
struct Disturbance: Sendable {
    let start: Nanoseconds
    /// The ends of its pieces, growing; space and mark in turn, the first is space.
    let ends: [Nanoseconds]

    var end: Nanoseconds { ends.last ?? start }

    /// nil outside.
    func level(at time: Nanoseconds) -> Bool? {
        guard time >= start, let piece = ends.firstIndex(where: { time < $0 }) else { return nil }
        return piece % 2 == 1
    }

    /// nil after its end.
    func nextChange(after time: Nanoseconds) -> Nanoseconds? {
        time < start ? start : ends.first { $0 > time }
    }
}

extension Disturbance {
    /// Where a line floats after a driver has let it go: one to three spikes of 20 to 400 microseconds within the next 2 ms,
    /// one time in ten. Anything above half a bit is a start bit to a receiver.
    static func floating(after emission: Emission, _ chance: Chance) -> Disturbance? {
        let serial = emission.serial
        guard chance.unit(serial, 1) < 0.1 else { return nil }
        var time = emission.end + Nanoseconds(chance.unit(serial, 2) * 600_000)
        let start = time
        var ends: [Nanoseconds] = []
        for spike in 0..<(1 + chance.bits(serial, 3) % 3) {
            time += 20_000 + Nanoseconds(chance.unit(serial, 4, spike) * 380_000)
            ends.append(time)
            time += 50_000 + Nanoseconds(chance.unit(serial, 5, spike) * 300_000)
            ends.append(time)
        }
        ends.removeLast()
        return Disturbance(start: start, ends: ends)
    }

    /// The one burst of interference in each span of `every`: pieces of 20 to 200 microseconds.
    static func burst(_ number: Int64, of interference: WireCondition.Interference, _ chance: Chance) -> Disturbance {
        let name = UInt64(bitPattern: number)
        let room = max(0, interference.every - interference.length)
        let start = number * interference.every + Nanoseconds(chance.unit(name, 11) * Double(room))
        var ends: [Nanoseconds] = []
        var time = start
        while time < start + interference.length, ends.count < 400 {
            time += 20_000 + Nanoseconds(chance.unit(name, 12, UInt64(ends.count)) * 180_000)
            ends.append(time)
        }
        return Disturbance(start: start, ends: ends)
    }
}
