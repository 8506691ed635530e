internal import Storage
internal import Synchronization
internal import ThreadExecutor

/// The answer to `history POINT [--json]`.
final class HistoryAnswer: Sendable {
    private let bytes = Mutex<[UInt8]>([])
    private let done = WakeUp()

    /// Blocks the shell's thread, and no other, until the history has been read.
    static func make(_ words: some Sequence<String>, _ history: HistoryStore) -> [UInt8] {
        var words = Array(words)
        let asJSON = words.last == "--json"
        if asJSON { words.removeLast() }
        let parts = words.first?.split(separator: ".", maxSplits: 1).map(String.init) ?? []
        guard words.count == 1, parts.count == 2 else {
            return Array("error: history DEVICE.POINT [--json], such as history heat-meter.t1_supply\n".utf8)
        }
        let answer = HistoryAnswer()
        Task.detached {
            let found = await history.history(device: parts[0], point: parts[1])
            answer.bytes.withLock { $0 = text(found, parts, asJSON) }
            answer.done.signal()
        }
        answer.done.wait()
        return answer.bytes.withLock { $0 }
    }

    private static func text(_ found: PointHistory, _ parts: [String], _ asJSON: Bool) -> [UInt8] {
        let name = "\(parts[0]).\(parts[1])"
        guard !found.isEmpty else {
            return Array(
                ("error: no history of \(name) yet; it begins with the first full quarter of an hour after the clock is"
                    + " known (gatewayctl points names the points)\n").utf8)
        }
        if asJSON { return HistoryText.json(found, device: parts[0], point: parts[1]) }
        return Array(HistoryText.table(found, of: name).utf8)
    }
}
