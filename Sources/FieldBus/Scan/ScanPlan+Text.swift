internal import GatewayModel

/// Going on later.
extension ScanPlan {
    /// Two searches with the same are one.
    private var definition: String {
        let settings = { (formats: [SerialFormat]) in formats.map(\.text).joined(separator: ",") }
        let words = protocols.map(\.rawValue) + passes.map(\.rawValue)
        return "\(addresses) \(words.joined(separator: ",")) \(settings(formats)) \(settings(meterFormats))"
    }

    /// Where it is and what it has found, a few lines of text.
    package var text: String {
        let found = findings.map { finding in
            "found \(finding.identity.text) \(finding.format.text) \(finding.turnaround / 1_000) \(finding.refused ? 1 : 0)"
        }
        let asks = pending.map { "ask \($0.target.text) \($0.format.text) \($0.timeout / 1_000)" }
        return (["scan 2 \(planned) \(followUps)", definition] + found + asks).joined(separator: "\n") + "\n"
    }

    /// Goes on where `text` was made. False: it is of another search; nothing is changed.
    package mutating func resume(_ text: String) -> Bool {
        let lines = text.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)
        let head = (lines.first ?? "").split(separator: " ").map(String.init)
        guard lines.count > 2, lines[1] == definition, head.count == 4, head[0] == "scan", head[1] == "2",
            let at = Int(head[2]), (0...passes.count * perPass).contains(at), let more = Int(head[3]),
            (0...Self.mostFollowUps).contains(more)
        else { return false }
        planned = at
        followUps = more
        defer { skipSettled() }
        for line in lines[2].split(separator: "\n").prefix(Self.mostFindings + Self.mostFollowUps) {
            let words = line.split(separator: " ").map(String.init)
            guard words.count >= 5, let format = SerialFormat(words: words[2], words[3]),
                let microseconds = Int64(words[4]), (0...60_000_000).contains(microseconds)
            else { continue }
            if words[0] == "found", let identity = ScanFinding.Identity(text: words[1]) {
                note(ScanFinding(identity, format, turnaround: microseconds * 1_000, refused: words.last == "1"))
            } else if words[0] == "ask", let target = ScanTarget(text: words[1]), pending.count < Self.mostFollowUps {
                pending.append(ScanStep(target, format, timeout: microseconds * 1_000))
            }
        }
        return true
    }
}
