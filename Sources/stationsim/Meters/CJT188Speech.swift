/// CJ/T 188, the meter's side: read (01H).
enum CJT188Speech {
    static func answer(
        _ heard: [UInt8], number: [UInt8], type: UInt8, highFirst: Bool, _ contents: [MeterContent]
    ) -> MeterSlave.Speech {
        let frame = Array(heard.drop { $0 == 0xFE })
        guard frame.count >= 13, frame[0] == 0x68, frame.count == 13 + Int(frame[10]), frame.last == 0x16,
            frame[frame.count - 2] == frame.dropLast(2).sum
        else { return .nonsense }
        guard frame[1] == 0xAA || frame[1] == type, zip(frame[2..<9], number).allSatisfy({ $0 == 0xAA || $0 == $1 })
        else { return .foreign }
        guard frame[9] == 0x01, frame[10] == 3 else { return .silence }
        let identifier =
            highFirst ? UInt32(frame[11]) << 8 | UInt32(frame[12]) : UInt32(frame[12]) << 8 | UInt32(frame[11])
        let wanted = contents.filter { $0.identifier == identifier }
        // Meters of the other edition do not answer at all.
        guard !wanted.isEmpty else { return .silence }
        let data = frame[11..<14] + wanted.flatMap(\.bytes)
        let answer = [0x68, type] + number + [0x81, UInt8(truncatingIfNeeded: data.count)] + data
        return .answer([0xFE, 0xFE] + answer + [answer.sum, 0x16], wanted.compactMap(\.truth))
    }
}
