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
    /// By what it is known; nil: by nothing.
    package var identity: String?

    package init(unit: UInt8, template: String?, hasAnswered: Bool, gaps: [RefusedGap], identity: String? = nil) {
        self.unit = unit
        self.template = template ?? "-"
        self.hasAnswered = hasAnswered
        self.gaps = Array(gaps.prefix(Self.mostGaps))
        self.identity = identity
    }

    package init(_ device: DeviceConfiguration, _ status: DeviceStatus) {
        self.init(
            unit: device.unit, template: device.template,
            hasAnswered: status.hasAnsweredBefore || status.lastGood != nil, gaps: status.refusedGaps,
            identity: status.expectedIdentity)
    }

    package func fits(_ device: DeviceConfiguration) -> Bool {
        unit == device.unit && template == device.template ?? "-"
    }
}

/// A line of text: `1 12 tuf-2000m answered identity:68412345 holding:12-19 input:100-101`.
extension LearntDevice {
    private static let version = "1"
    private static let mark = "identity:"

    package var text: String {
        let head = [Self.version, "\(unit)", template, hasAnswered ? "answered" : "silent"]
        return (head + [identity].compactMap { $0.map { Self.mark + $0 } } + gaps.map(\.text)).joined(separator: " ")
    }

    /// nil: not such a line. A gap that makes no sense is left out.
    package init?(text: String) {
        let words = text.split(separator: " ", maxSplits: Self.mostGaps + 5).map(String.init)
        guard words.count >= 4, words[0] == Self.version, let unit = UInt8(words[1]) else { return nil }
        self.init(
            unit: unit, template: words[2], hasAnswered: words[3] == "answered",
            gaps: words.dropFirst(4).compactMap { RefusedGap(text: $0) },
            identity: words.dropFirst(4).first { $0.hasPrefix(Self.mark) }.map { String($0.dropFirst(Self.mark.count)) }
        )
    }
}
