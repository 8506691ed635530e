internal import GatewayModel

/// A frame of CJ/T 188: `68 T A0...A6 C L DATA CS 16`, two to four FE before it. Data travel as they are.
struct CJT188Frame: Hashable {
    /// 10H cold water, 11H hot water, 20H heat, 21H cold, 22H both, 30H gas; AAH any.
    var type: UInt8
    /// 14 digits, the first four are the maker's code.
    var address: MeterNumber
    var control: UInt8
    /// At most 100 bytes.
    var data: [UInt8]

    static let longestData = 0x64
    static let preamble: [UInt8] = [0xFE, 0xFE, 0xFE, 0xFE]
    private static let overhead = 13

    /// As it travels, without preamble.
    var bytes: [UInt8] {
        let bytes: [UInt8] =
            [0x68, type] + address.wireBytes + [control, UInt8(truncatingIfNeeded: data.count)] + data
        return bytes + [Self.sum(bytes), 0x16]
    }

    static let anyType: UInt8 = 0xAA
    static let readData: UInt8 = 0x01
    static let readAddress: UInt8 = 0x03
    static let answerMark: UInt8 = 0x80
    static let refusalMark: UInt8 = 0x40
}

extension CJT188Frame: MeterFrame {
    static let longest = overhead + longestData

    static func judge(_ bytes: ArraySlice<UInt8>) -> FrameJudgement<Self> {
        let head = Array(bytes.prefix(11))
        guard head.first == 0x68 else { return .noFrame(.noBegin) }
        guard head.count == 11 else { return .incomplete }
        let count = Int(head[10])
        guard count <= longestData else { return .noFrame(.length) }
        return closed(bytes, length: overhead + count).map { frame in
            CJT188Frame(
                type: frame[1], address: MeterNumber(wireBytes: frame[2..<9]), control: frame[9],
                data: Array(frame[11...].dropLast(2)))
        }
    }
}
