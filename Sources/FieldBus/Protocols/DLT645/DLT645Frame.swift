internal import GatewayModel

/// A frame of DL/T 645-2007: `68 A0...A5 68 C L DATA CS 16`, up to four FE before it.
///
/// Every data byte travels with 33H added; here they are without. The sum goes over all bytes from the first 68 to the
/// last of the data, as they travel.
struct DLT645Frame: Hashable {
    /// 12 digits.
    var address: MeterNumber
    var control: DLT645Control
    /// At most 200 bytes.
    var data: [UInt8]

    static let longestData = 200
    /// What the standard recommends a master to send; meters wake up by it.
    static let preamble: [UInt8] = [0xFE, 0xFE, 0xFE, 0xFE]
    private static let offset: UInt8 = 0x33
    private static let overhead = 12

    /// As it travels, without preamble.
    var bytes: [UInt8] {
        var bytes: [UInt8] =
            [0x68] + address.wireBytes + [0x68, control.rawValue, UInt8(truncatingIfNeeded: data.count)]
        bytes += data.map { $0 &+ Self.offset }
        return bytes + [Self.sum(bytes), 0x16]
    }
}

extension DLT645Frame: MeterFrame {
    static let longest = overhead + longestData

    static func judge(_ bytes: ArraySlice<UInt8>) -> FrameJudgement<Self> {
        let head = Array(bytes.prefix(10))
        guard head.first == 0x68 else { return .noFrame(.noBegin) }
        if head.count > 7, head[7] != 0x68 { return .noFrame(.noBegin) }
        guard head.count == 10 else { return .incomplete }
        let count = Int(head[9])
        guard count <= longestData else { return .noFrame(.length) }
        return closed(bytes, length: overhead + count).map { frame in
            DLT645Frame(
                address: MeterNumber(wireBytes: frame[1..<7]), control: DLT645Control(rawValue: frame[8]),
                data: frame[10...].dropLast(2).map { $0 &- offset })
        }
    }
}

/// The control byte: who speaks, whether it is a refusal, whether more follows, and what is done.
struct DLT645Control: RawRepresentable, Hashable, Sendable {
    var rawValue: UInt8

    /// From the meter.
    var isAnswer: Bool { rawValue & 0x80 != 0 }
    var isRefusal: Bool { rawValue & 0x40 != 0 }
    /// The rest is to be asked for with ``readFollowing``.
    var hasMore: Bool { rawValue & 0x20 != 0 }
    var function: UInt8 { rawValue & 0x1F }

    static let read = DLT645Control(rawValue: 0x11)
    static let readFollowing = DLT645Control(rawValue: 0x12)
    static let readAddress = DLT645Control(rawValue: 0x13)
}
