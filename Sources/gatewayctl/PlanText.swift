import GatewayModel
import StationPlan

/// A plan for people.
enum PlanText {
    static func text(_ plan: StationPlan, _ configuration: GatewayConfiguration) -> String {
        var lines = ["\(configuration.gatewayID) \(configuration.name)"]
        for bus in plan.buses { lines += [""] + self.bus(bus, configuration) }
        lines += ["", "RECEIVER          PROFILE  READINGS/DAY  MESSAGES/DAY  B/READING  A DAY      A MONTH"]
        for receiver in plan.receivers {
            lines.append(
                column(receiver.id, 18) + column(receiver.profile.rawValue, 9)
                    + column(whole(receiver.readingsPerDay), 14) + column(whole(receiver.messagesPerDay), 14)
                    + column(decimal(receiver.payloadPerReading), 11) + column(bytes(receiver.bytesPerDay), 11)
                    + bytes(receiver.bytesPerMonth))
        }
        let store = plan.store
        let limit =
            store.bridges >= configuration.store.age
            ? "by its age" : "by its size of \(bytes(Double(configuration.store.size)))"
        lines += [
            "",
            "store       bridges an outage of \(PlanAdvice.text(store.bridges)), limited \(limit); "
                + "\(bytes(store.bytesPerDay)) a day",
            "flash       \(bytes(store.flashPerDay)) written a day",
            "memory      about \(bytes(Double(plan.memory))) resident",
            "loss bound  \(PlanAdvice.text(plan.lossBound)): what was read longer ago survives a power cut",
        ]
        return lines.joined(separator: "\n")
    }

    private static func bus(_ bus: BusPlan, _ configuration: GatewayConfiguration) -> [String] {
        let head = "bus \(bus.id)  \(connection(bus.connection))  \(bus.devices.count) devices, \(bus.points) points"
        if bus.isListenOnly { return [head + ": listens; what is read is up to the other master"] }
        var lines = [
            head,
            "  load        \(percent(bus.totalLoad)) by periods"
                + (bus.continuousCycle == nil ? "" : ", the rest by continuous points"),
            "  one pass    \(bus.requests) requests, \(PlanAdvice.text(bus.cycle))",
            "  readings    \(decimal(bus.readingsPerSecond)) a second, by \(decimal(bus.requestsPerSecond)) requests",
        ]
        if let cycle = bus.continuousCycle {
            lines.append("  continuous  all points once in \(PlanAdvice.text(cycle))")
        }
        if let slowest = bus.slowest {
            let point = configuration.points[slowest.point]
            let period = slowest.period.map { "period \(PlanAdvice.text($0))" } ?? "continuous"
            lines.append(
                "  slowest     \(point.device).\(point.id): \(PlanAdvice.text(slowest.interval)) between two readings (\(period))"
            )
        }
        if bus.dropped > 0 {
            lines.append(
                "  overloaded  \(percent(bus.dropped)) of what falls due gets no turn: longer periods, fewer points")
        }
        lines.append("  DEVICE             POINTS  REQUESTS  ONE PASS   ANSWERS IN  LOAD")
        for device in bus.devices {
            lines.append(
                "  " + column(device.id, 19) + column("\(device.points)", 8) + column("\(device.requests)", 10)
                    + column(PlanAdvice.text(device.cycle), 11) + column(PlanAdvice.text(device.turnaround), 12)
                    + percent(device.load))
        }
        return lines
    }

    static func connection(_ connection: BusConnection) -> String {
        switch connection {
        case .serial(let path, let format): "\(path) \(format.text)"
        case .modbusTCP(let host, let port): "Modbus TCP \(host):\(port)"
        case .rtuOverTCP(let host, let port): "RTU over TCP \(host):\(port)"
        }
    }

    private static func column(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    private static func percent(_ share: Double) -> String { "\(decimal(share * 100)) %" }
    private static func whole(_ value: Double) -> String { "\(Int64(value.rounded()))" }
    private static func decimal(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }

    /// `620 B`, `45 MB`, `1.2 GB`, in powers of 1000.
    static func bytes(_ count: Double) -> String {
        for (unit, size) in [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)] where count >= size {
            let value = count / size
            return (value < 10 ? "\((value * 10).rounded() / 10)" : "\(Int(value.rounded()))") + " " + unit
        }
        return "\(Int(count.rounded())) B"
    }
}
