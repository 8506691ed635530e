package import GatewayModel

/// What a device has taught and what is worth knowing after a restart. FieldBus emits it, somebody else keeps it.
package struct LearntDevice: Hashable, Sendable {
    /// More gaps are not kept: the requests are then split anew after a restart.
    package static let mostGaps = 64

    /// What it was learnt from: another device at the same id has nothing to do with it.
    package var unit: UInt8
    package var template: String
    package var hasAnswered: Bool
    /// Addresses that it refuses to be asked across.
    package var gaps: [RefusedGap]

    package init(unit: UInt8, template: String?, hasAnswered: Bool, gaps: [RefusedGap]) {
        self.unit = unit
        self.template = template ?? "-"
        self.hasAnswered = hasAnswered
        self.gaps = Array(gaps.prefix(Self.mostGaps))
    }

    package init(_ device: DeviceConfiguration, _ status: DeviceStatus) {
        self.init(
            unit: device.unit, template: device.template,
            hasAnswered: status.hasAnsweredBefore || status.lastGood != nil, gaps: status.refusedGaps)
    }

    package func fits(_ device: DeviceConfiguration) -> Bool {
        unit == device.unit && template == device.template ?? "-"
    }
}

/// A line of text: `1 12 tuf-2000m answered holding:12-19 input:100-101`.
extension LearntDevice {
    private static let version = "1"

    package var text: String {
        let head = [Self.version, "\(unit)", template, hasAnswered ? "answered" : "silent"]
        return (head + gaps.map(\.text)).joined(separator: " ")
    }

    /// nil: not such a line. A gap that makes no sense is left out.
    package init?(text: String) {
        let words = text.split(separator: " ", maxSplits: Self.mostGaps + 4).map(String.init)
        guard words.count >= 4, words[0] == Self.version, let unit = UInt8(words[1]) else { return nil }
        self.init(
            unit: unit, template: words[2], hasAnswered: words[3] == "answered",
            gaps: words.dropFirst(4).compactMap { RefusedGap(text: $0) })
    }
}
