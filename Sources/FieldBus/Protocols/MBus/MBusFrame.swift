/// A frame of the wired M-Bus link layer (EN 13757-2, the frame formats of IEC 60870-5, FT 1.2).
enum MBusFrame: Hashable {
    /// The one byte E5: heard, done.
    case acknowledgement
    /// `10 C A CS 16`
    case short(control: UInt8, address: UInt8)
    /// `68 L L 68 C A CI DATA CS 16`; without data it is called a control frame. At most 252 bytes of data.
    case long(control: UInt8, address: UInt8, information: UInt8, data: [UInt8])

    static let longestData = 252

    /// As it travels.
    var bytes: [UInt8] {
        switch self {
        case .acknowledgement: return [0xE5]
        case .short(let control, let address): return [0x10, control, address, control &+ address, 0x16]
        case .long(let control, let address, let information, let data):
            let body = [control, address, information] + data
            let length = UInt8(truncatingIfNeeded: body.count)
            return [0x68, length, length, 0x68] + body + [Self.sum(body), 0x16]
        }
    }
}

extension MBusFrame: MeterFrame {
    static let longest = 6 + 255

    static func judge(_ bytes: ArraySlice<UInt8>) -> FrameJudgement<Self> {
        switch bytes.first {
        case 0xE5: .frame(.acknowledgement, length: 1)
        case 0x10: short(Array(bytes.prefix(5)))
        case 0x68: long(bytes)
        default: .noFrame(.noBegin)
        }
    }

    private static func short(_ frame: [UInt8]) -> FrameJudgement<Self> {
        guard frame.count == 5 else { return .incomplete }
        guard frame[4] == 0x16 else { return .noFrame(.noEnd) }
        let correct = frame[1] &+ frame[2]
        guard frame[3] == correct else { return .noFrame(.checksum(correct: correct, found: frame[3])) }
        return .frame(.short(control: frame[1], address: frame[2]), length: 5)
    }

    private static func long(_ bytes: ArraySlice<UInt8>) -> FrameJudgement<Self> {
        let head = Array(bytes.prefix(4))
        if head.count > 2, head[1] != head[2] { return .noFrame(.length) }
        if head.count > 1, head[1] < 3 { return .noFrame(.length) }
        guard head.count == 4 else { return .incomplete }
        guard head[3] == 0x68 else { return .noFrame(.noBegin) }
        return closed(bytes, length: 6 + Int(head[1]), sumFrom: 4).map { frame in
            .long(control: frame[4], address: frame[5], information: frame[6], data: Array(frame[7...].dropLast(2)))
        }
    }
}
