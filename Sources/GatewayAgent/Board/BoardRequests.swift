internal import DigitalIO
internal import GatewayModel
internal import Logging

/// What `gatewayctl set` and `gatewayctl total` ask: `set OUTPUT on|off [MILLISECONDS]`, `total COUNTER VALUE`.
struct BoardRequests: Sendable {
    let io: DigitalIO
    let counters: CounterKeeper
    let logger: Logger

    /// Blocks the calling thread for at most 4 s. `user`: of the process that asks, by the kernel.
    func answer(_ words: [String], user: UInt32?) -> [UInt8]? {
        let who = user.map { "user \($0)" } ?? "unknown"
        let text: String
        switch words.first {
        case "set": text = set(Array(words.dropFirst()), who)
        case "total" where words.count == 3:
            let counters = counters
            let answer = DigitalAnswer()
            Task { answer.give(await counters.set(words[1], to: words[2], by: who)) }
            text = answer.wait() ?? ""
        case "total": text = "error: usage: total COUNTER VALUE"
        default: return nil
        }
        return Array((text + "\n").utf8)
    }

    private func set(_ words: [String], _ who: String) -> String {
        let span: Nanoseconds? =
            words.count == 3 ? Int64(words[2]).map { .milliseconds(min(max($0, 1), 86_400_000)) } : nil
        guard (2...3).contains(words.count), words[1] == "on" || words[1] == "off", words.count == 2 || span != nil
        else {
            return "error: usage: set OUTPUT on|off [MILLISECONDS]"
        }
        if let reason = io.set(words[0], words[1] == "on", for: span) { return "error: \(reason)" }
        logger.notice("an output was set", metadata: ["output": "\(words[0])", "to": "\(words[1])", "user": "\(who)"])
        return "\(words[0]) is \(words[1])"
    }
}
