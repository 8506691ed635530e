internal import FieldBus
internal import GatewayModel
internal import Storage
internal import Uplink

extension StationStatus {
    /// `gatewayctl status`: one screen, worst news in plain words.
    func text() -> String {
        var out =
            "\(configuration.gatewayID) \(configuration.name)  gatewayd \(Version.text), up \(Self.span(uptime))\n"
        out += clockLine
        let bound = lossBound.map { "\(Self.span($0)): what was read longer ago survives a power cut" }
        out +=
            "loss bound  \(bound ?? "none: the store cannot be written; what no receiver has yet is in memory only")\n\n"
        out += Self.table([["BUS", "STATE", "LOAD", "CYCLE", "REQUESTS", "OVERRUNS a/n/s"]] + buses.map(row))
        for bus in buses { out += news(of: bus) }
        let devices = buses.flatMap { bus in bus.devices.map { row($0, of: bus.id) } }
        out += "\n" + Self.table([["DEVICE", "BUS", "UNIT", "STATE", "REPLIES", "FAILED", "TURNAROUND"]] + devices)
        if !lines.isEmpty { out += "\n" + linesText }
        out += "\n" + alarmLines + storeLines + "\n"
        out += Self.table(
            [["RECEIVER", "PROFILE", "STATE", "UNSENT", "OLDEST", "ACKNOWLEDGED"]] + uplinks.indices.map(row))
        for index in uplinks.indices { out += backlogLine(index) }
        for (uplink, status) in zip(configuration.uplinks, uplinks) {
            guard let problem = status.problem else { continue }
            out += "  \(uplink.id): \(problem)" + (status.remedy.map { "; \($0)" } ?? "") + "\n"
        }
        return out
    }

    private var clockLine: String {
        guard let anchor else { return "clock       not trusted (\(clockSource)); readings carry time since boot\n" }
        let error = Self.span(anchor.error(at: now))
        return "clock       \(UTCText.text(anchor.realTime(at: now))), within \(error) (\(clockSource))\n"
    }

    private func row(_ bus: BusStatus) -> [String] {
        let overruns = PointPriority.allCases.reversed().map { "\(bus.overruns[$0] ?? 0)" }.joined(separator: "/")
        return [
            bus.id, bus.state.word, "\(Int((bus.load * 100).rounded())) %", "\(bus.predictedCycle / 1_000_000) ms",
            "\(bus.requests)", overruns,
        ]
    }

    /// What a person should know of a bus: why its port is gone, what is wrong with it, which faults are kept.
    private func news(of bus: BusStatus) -> String {
        var out = ""
        if let error = bus.portError { out += "  \(bus.id): \(error)\n" }
        for verdict in bus.verdicts {
            out += "  \(verdict.device ?? bus.id): \(verdict.summary) [\(verdict.kind.rawValue)]\n"
            for fact in verdict.evidence { out += "      \(fact)\n" }
            out += "      -> \(verdict.advice)\n"
        }
        if let first = bus.recorder.first {
            let kept = "\(bus.recorder.faults) since, first: \(first.reason), \(Self.span(now - first.at)) ago"
            out += "  \(bus.id): frames of faults are kept (\(kept)): gatewayctl frames \(bus.id) --first\n"
        }
        return out
    }

    private func row(_ device: DeviceStatus, of bus: String) -> [String] {
        var state = device.state.word
        if case .silent(let since, let interval) = device.state {
            state = "silent \(Self.span(now - since)), asked every \(Self.span(interval))"
        }
        let failed = device.counters.requests - device.counters.replies
        let turnaround = device.times.map { "\($0.p50 / 1_000_000) ms" } ?? "-"
        return [device.id, bus, device.address.text, state, "\(device.counters.replies)", "\(failed)", turnaround]
    }

    private var storeLines: String {
        let used = "\(store.usedBytes / 1024) of \(store.limitBytes / 1024) KiB (\(Int(store.fillPercent.rounded())) %)"
        var out = "STORE  \(store.batches) batches, \(used), last commit \(store.lastCommit / 1_000_000) ms\n"
        if store.evicted > 0 { out += "  \(store.evicted) batches were dropped for size or age before all had them\n" }
        if let trouble = store.trouble { out += "  cannot be written: \(trouble)\n" }
        if let perDay = bytesWrittenPerDay { out += "  writes \(perDay / 1_000_000) MB a day\n" }
        if let since = volatile.since {
            out += "  batches are sent from memory since \(Self.span(now - since)): "
            out += "\(volatile.sent) wait for a receiver, \(volatile.delivered) were delivered so\n"
        }
        if let salvaging = store.salvaging { out += "  salvaging \(salvaging)\n" }
        if queue.waiting > 0 { out += "  \(queue.waiting) of \(queue.capacity) batches wait in memory\n" }
        return out
    }

    private func row(_ index: Int) -> [String] {
        let (uplink, status) = (configuration.uplinks[index], uplinks[index])
        let stored = store.receivers.first { $0.id == uplink.id }
        let oldest = stored.flatMap(backlogAge).map { Self.span($0) } ?? "-"
        return [
            uplink.id, uplink.profile.rawValue, status.connected ? "connected" : "away",
            "\(stored?.unacknowledged ?? 0)", oldest, "\(status.acknowledged)",
        ]
    }

    /// While much waits in the store: how far it is, and how long it will take.
    private func backlogLine(_ index: Int) -> String {
        let (uplink, status, progress) = (configuration.uplinks[index], uplinks[index], backlog(of: index))
        guard progress.left > StationStatus.smallBacklog else { return "" }
        var line = "  \(uplink.id): backlog of \(progress.left) batches"
        if let start = status.backlog.startsAt, start > now { return line + ", begins in \(Self.span(start - now))\n" }
        guard status.connected else { return line + ", waits for the connection\n" }
        line += ", \(progress.donePercent) % sent"
        if let left = progress.timeLeft { line += ", about \(Self.span(left)) left" }
        line += " with \(uplink.backlogShare) % of the link"
        if let rate = status.backlog.linkBytesPerSecond { line += " (\(Int64(rate * 8 / 1000)) kbit/s)" }
        return line + "\n"
    }

    /// `850 ms`, `12 s`, `3 min 20 s`, `4 h 10 min`, `12 d 3 h`.
    static func span(_ time: Nanoseconds) -> String {
        let seconds = time / 1_000_000_000
        switch seconds {
        case ..<1: return "\(time / 1_000_000) ms"
        case ..<60: return "\(seconds) s"
        case ..<3_600: return "\(seconds / 60) min \(seconds % 60) s"
        case ..<86_400: return "\(seconds / 3_600) h \(seconds % 3_600 / 60) min"
        default: return "\(seconds / 86_400) d \(seconds % 86_400 / 3_600) h"
        }
    }

    /// Left-aligned columns, two spaces apart.
    static func table(_ rows: [[String]]) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}
