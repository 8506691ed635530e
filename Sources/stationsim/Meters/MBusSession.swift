/// The wired M-Bus, the meter's side: reset, selection, readings in one or more telegrams.
struct MBusSession {
    private var isSelected = false
    /// The telegram that was sent last, and under which frame count bit.
    private var last: (telegram: Int, bit: Bool)?
    private var access: UInt8 = 0
    /// What the meter held at the first telegram: the others go on with the same reading.
    private var reading: [MeterContent] = []

    mutating func answer(
        _ frame: [UInt8], number: [UInt8], _ identity: MBusIdentity, _ contents: [MeterContent]
    ) -> MeterSlave.Speech {
        if frame.count == 5, frame[0] == 0x10, frame[4] == 0x16, frame[3] == frame[1] &+ frame[2] {
            return short(frame[1], frame[2], number, identity, contents)
        }
        guard frame.count >= 9, frame[0] == 0x68, frame[1] == frame[2], frame[3] == 0x68,
            frame.count == 6 + Int(frame[1]), frame.last == 0x16,
            frame[frame.count - 2] == frame[4..<(frame.count - 2)].sum
        else { return .nonsense }
        // Selection: who matches listens at FD from now on, everybody else no longer does.
        guard frame[5] == 0xFD, frame[6] == 0x52, frame[1] == 11 else { return .foreign }
        let wanted = frame[7..<15]
        let own = number + identity.tail
        isSelected = zip(wanted, own).enumerated().allSatisfy { place, pair in
            place < 4 ? Self.matches(pair.0, pair.1) : pair.0 == 0xFF || pair.0 == pair.1
        }
        last = nil
        return isSelected ? .answer([0xE5], []) : .foreign
    }

    /// A digit F is any.
    private static func matches(_ wanted: UInt8, _ own: UInt8) -> Bool {
        (wanted >> 4 == 15 || wanted >> 4 == own >> 4) && (wanted & 15 == 15 || wanted & 15 == own & 15)
    }

    private mutating func short(
        _ control: UInt8, _ address: UInt8, _ number: [UInt8], _ identity: MBusIdentity, _ contents: [MeterContent]
    ) -> MeterSlave.Speech {
        // FE: every meter answers.
        guard address == identity.address || address == 0xFE || (address == 0xFD && isSelected) else { return .foreign }
        switch control {
        case 0x40:
            last = nil
            if address == 0xFD { isSelected = false }
            return .answer([0xE5], [])
        case 0x5B, 0x7B: return readings(bit: control & 0x20 != 0, number, identity, contents)
        default: return .silence
        }
    }

    private mutating func readings(
        bit: Bool, _ number: [UInt8], _ identity: MBusIdentity, _ contents: [MeterContent]
    ) -> MeterSlave.Speech {
        let count = max(1, identity.telegrams)
        var telegram = 0
        if let last { telegram = last.bit == bit ? last.telegram : (last.telegram + 1) % count }
        last = (telegram, bit)
        access &+= 1
        if telegram == 0 || reading.count != contents.count { reading = contents }
        let isLast = telegram == count - 1
        let size = (reading.count + count - 1) / count
        let part = reading.dropFirst(telegram * size).prefix(size)
        var body: [UInt8] = [0x08, identity.address, 0x72] + number + identity.tail + [access, 0, 0, 0]
        body += part.flatMap(\.bytes) + (isLast ? [] : [0x1F])
        let length = UInt8(truncatingIfNeeded: body.count)
        // A master has the values when it has the last telegram.
        return .answer(
            [0x68, length, length, 0x68] + body + [body.sum, 0x16], isLast ? reading.compactMap(\.truth) : [])
    }
}
