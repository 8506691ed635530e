internal import GatewayModel
internal import Telemetry

/// The alarms that are raised now, the gravest first, then the newest.
extension StationStatus {
    private var gravestFirst: [AlarmEngine.Active] {
        alarms.sorted { a, b in
            (a.severity.rawValue, b.since ?? started, a.id) < (b.severity.rawValue, a.since ?? started, b.id)
        }
    }

    var alarmLines: String {
        guard !alarms.isEmpty else { return "" }
        let rows = gravestFirst.map { alarm in
            [alarm.id, alarm.severity.name, alarm.since.map { Self.span(now - $0) } ?? "before the start"]
        }
        return Self.table([["ALARM", "SEVERITY", "SINCE"]] + rows) + "\n"
    }

    func alarms(_ json: inout JSONWriter) {
        json.key("alarms")
        json.beginArray()
        for alarm in gravestFirst {
            json.beginObject()
            json.field("id", alarm.id)
            json.field("severity", alarm.severity.name)
            json.field("episode", alarm.episode)
            json.key("since_s")
            if let since = alarm.since { json.integer(seconds(now - since)) } else { json.null() }
            json.endObject()
        }
        json.endArray()
    }
}
