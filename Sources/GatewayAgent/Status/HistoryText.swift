internal import GatewayModel
internal import Storage
internal import Telemetry

/// `gatewayctl history POINT`: as a table, or as one JSON object.
enum HistoryText {
    static func table(_ history: PointHistory, of name: String) -> String {
        let unit = (history.quarters.last ?? history.days.last)?.point.unit ?? ""
        var out =
            "\(name)\(unit.isEmpty ? "" : " in \(unit)")\n\nDAY                     MIN        MEAN         MAX   READINGS\n"
        for span in history.days { out += row(date(ofDay: span.number), span) }
        out += "\nQUARTER FROM (UTC)      MIN        MEAN         MAX   READINGS\n"
        for span in history.quarters {
            out += row(String(UTCText.text(span.number * 1_000_000).prefix(16)), span)
        }
        return out
    }

    private static func row(_ when: String, _ span: PointHistory.Span) -> String {
        let values = JSONAggregate(span.statistics, of: span.point)
        let cells = [values.low, values.mean, values.high].map { value in
            var writer = JSONWriter()
            value.write(to: &writer)
            return right(writer.text, 12)
        }
        return left(when, 16) + cells.joined() + right("\(span.statistics.count)", 11) + "\n"
    }

    static func json(_ history: PointHistory, device: String, point: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { json in
            json.field("device", device)
            json.field("point", point)
            json.field("unit", (history.quarters.last ?? history.days.last)?.point.unit ?? "")
            json.key("days")
            json.array { json in
                for span in history.days { write(span, "day", date(ofDay: span.number), to: &json) }
            }
            json.key("quarters")
            json.array { json in
                for span in history.quarters { write(span, "from", span.number, to: &json) }
            }
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    private static func write(
        _ span: PointHistory.Span, _ key: String, _ day: String, to json: inout JSONWriter
    ) {
        json.object { json in
            json.field(key, day)
            values(span, to: &json)
        }
    }

    private static func write(_ span: PointHistory.Span, _ key: String, _ from: Int64, to json: inout JSONWriter) {
        json.object { json in
            json.field(key, from)
            values(span, to: &json)
        }
    }

    private static func values(_ span: PointHistory.Span, to json: inout JSONWriter) {
        let values = JSONAggregate(span.statistics, of: span.point)
        json.key("min")
        values.low.write(to: &json)
        json.key("mean")
        values.mean.write(to: &json)
        json.key("max")
        values.high.write(to: &json)
        json.field("count", span.statistics.count)
    }

    /// `2026-11-25` of a day's number since 1970-01-01: noon of that day in UTC has that date.
    private static func date(ofDay number: Int64) -> String {
        String(UTCText.text((number * 86_400 + 43_200) * 1_000_000_000).prefix(10))
    }

    private static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count)) + text
    }
}
