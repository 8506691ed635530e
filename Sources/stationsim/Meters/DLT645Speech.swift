/// DL/T 645-2007, the meter's side: read (11H) and read address (13H).
enum DLT645Speech {
    static func answer(_ heard: [UInt8], number: [UInt8], _ contents: [MeterContent]) -> MeterSlave.Speech {
        let frame = Array(heard.drop { $0 == 0xFE })
        guard frame.count >= 12, frame[0] == 0x68, frame[7] == 0x68, frame.count == 12 + Int(frame[9]),
            frame.last == 0x16, frame[frame.count - 2] == frame.dropLast(2).sum
        else { return .nonsense }
        let called = frame[1..<7]
        guard zip(called, number).allSatisfy({ $0 == 0xAA || $0 == $1 }) else { return .foreign }
        let data = frame[10..<(frame.count - 2)].map { $0 &- 0x33 }
        switch frame[8] {
        case 0x13: return .answer(framed(number, 0x93, number), [])
        case 0x11 where data.count == 4:
            let identifier = data.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            let wanted = contents.filter { $0.identifier == identifier }
            // Bit 1: no such data.
            guard !wanted.isEmpty else { return .answer(framed(number, 0xD1, [0x02]), []) }
            return .answer(framed(number, 0x91, data + wanted.flatMap(\.bytes)), wanted.compactMap(\.truth))
        default: return .silence
        }
    }

    private static func framed(_ number: [UInt8], _ control: UInt8, _ data: [UInt8]) -> [UInt8] {
        let frame = [0x68] + number + [0x68, control, UInt8(truncatingIfNeeded: data.count)] + data.map { $0 &+ 0x33 }
        return [0xFE, 0xFE, 0xFE, 0xFE] + frame + [frame.sum, 0x16]
    }
}
