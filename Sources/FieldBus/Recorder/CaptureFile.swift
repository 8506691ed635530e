package import GatewayModel

/// Recorded frames as a pcap file that Wireshark and tshark take apart without any setting.
///
/// Link type 252, "upper PDU": each packet names its dissector (`mbrtu`, `mbtcp`) and direction in tags before its
/// bytes (Wireshark, epan/exported_pdu.h). Addresses stand for the two sides: 10.0.0.1 is this gateway, 10.0.0.2 the
/// line; so that requests and answers form one conversation and answers are shown with the registers asked for.
///
/// Wireshark has no dissector for DL/T 645, CJ/T 188 and wired M-Bus (4.0; `tshark -G protocols`): their frames are `data`,
/// and what they mean is said in the protocol column.
package enum CaptureFile {
    private enum Tag {
        static let end: UInt16 = 0
        static let dissector: UInt16 = 12
        static let sourceAddress: UInt16 = 20
        static let targetAddress: UInt16 = 21
        static let portType: UInt16 = 24
        static let sourcePort: UInt16 = 25
        static let targetPort: UInt16 = 26
        static let protocolColumn: UInt16 = 33
    }

    private static let linkType: UInt32 = 252
    private static let gateway: [UInt8] = [10, 0, 0, 1]
    private static let line: [UInt8] = [10, 0, 0, 2]
    /// Wireshark cuts a column's text at 256 (epan/column-info.h).
    private static let longestColumn = 250

    /// - Parameters:
    ///   - offset: UTC - CLOCK_BOOTTIME.
    package static func bytes(
        _ frames: [RecordedFrame], framing: FrameText.Framing, offset: Nanoseconds
    ) -> [UInt8] {
        // Microseconds, version 2.4, UTC, any length (IETF draft-ietf-opsawg-pcap, 4).
        var file: [UInt8] = []
        for word in [0xA1B2_C3D4, 0x0004_0002, 0, 0, 65_535, linkType] { file += little(word) }
        var text = FrameText(framing)
        for frame in frames { file += packet(frame, framing, text.meter(frame.bytes), offset) }
        return file
    }

    /// - Parameter meter: what it says, if it is a meter's.
    private static func packet(
        _ frame: RecordedFrame, _ framing: FrameText.Framing, _ meter: String?, _ offset: Nanoseconds
    ) -> [UInt8] {
        let isSent = frame.kind == .sent
        var data: [UInt8]
        if let meter {
            data = tag(Tag.dissector, Array("data".utf8))
            data += tag(Tag.protocolColumn, Array(meter.utf8.prefix(longestColumn)))
        } else {
            data = tag(Tag.dissector, Array((framing == .rtu ? "mbrtu" : "mbtcp").utf8))
        }
        data += tag(Tag.sourceAddress, isSent ? gateway : line) + tag(Tag.targetAddress, isSent ? line : gateway)
        data += tag(Tag.portType, big(2))
        data += tag(Tag.sourcePort, big(isSent ? 50_502 : 502)) + tag(Tag.targetPort, big(isSent ? 502 : 50_502))
        data += tag(Tag.end, []) + frame.bytes
        let microseconds = max(0, (frame.time.nanoseconds + offset) / 1_000)
        let length = UInt32(clamping: data.count)
        let head = [
            UInt32(truncatingIfNeeded: microseconds / 1_000_000), UInt32(truncatingIfNeeded: microseconds % 1_000_000),
            length, length,
        ]
        return head.flatMap(little) + data
    }

    /// Filled up to a multiple of four bytes.
    private static func tag(_ type: UInt16, _ value: [UInt8]) -> [UInt8] {
        let padding = [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
        let length = UInt16(clamping: value.count + padding.count)
        return [
            UInt8(type >> 8), UInt8(type & 0xFF), UInt8(length >> 8), UInt8(length & 0xFF),
        ] + value + padding
    }

    private static func little(_ word: UInt32) -> [UInt8] { big(word).reversed() }
    private static func big(_ word: UInt32) -> [UInt8] {
        stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt32($0)) }
    }
}
