/// From tallies to verdicts: first what concerns the whole line, then each device. Pure.
///
/// A line that explains its devices' trouble is named instead of them. Nothing is said before there are enough
/// requests to be sure, and nothing of a line whose answers are sound.
package struct VerdictJudge {
    /// Requests before a share is believed.
    static let leastRequests = 24
    /// Of answers, spoiled: less is what lines do.
    static let tolerable = 0.02
    static let bad = 0.05

    let bus: BusCase

    package static func judge(_ bus: BusCase) -> [Verdict] {
        let judge = VerdictJudge(bus: bus)
        if let verdict = judge.mutism() { return [verdict] + judge.line(besides: verdict) }
        let line = judge.line(besides: nil)
        return line + bus.devices.compactMap { judge.device($0, lineIsBlamed: line.contains { $0.kind.spoilsAnswers }) }
    }

    private func line(besides: Verdict?) -> [Verdict] {
        [secondMaster(), echo(), besides == nil ? quality() : nil].compactMap { $0 }
    }

    private func device(_ device: BusCase.Device, lineIsBlamed: Bool) -> Verdict? {
        if device.isSilent { return silent(device) }
        return tooSlow(device) ?? sharedAddress(device) ?? (lineIsBlamed ? nil : spoiltAtDevice(device))
    }
}

extension Verdict.Kind {
    /// It explains spoiled answers of every device.
    var spoilsAnswers: Bool {
        switch self {
        case .termination, .bias, .noiseFromSignal, .noise, .secondMaster, .echo: true
        default: false
        }
    }
}

/// `12 %`, and `0.4 %` below one.
func percent(_ share: Double) -> String {
    let tenths = Int((share * 1_000).rounded())
    return tenths < 10 ? "0.\(tenths) %" : "\((tenths + 5) / 10) %"
}
