internal import FieldBus
internal import GatewayModel

/// How buses and devices fare, in `status --json`.
extension StationStatus {
    func health(_ device: DeviceStatus, _ json: inout JSONWriter) {
        let times = device.times
        let figures: [(String, Nanoseconds?)] = [
            ("turnaround_p10_ms", times?.p10), ("turnaround_p50_ms", times?.p50), ("turnaround_p90_ms", times?.p90),
            ("turnaround_p99_ms", times?.p99), ("turnaround_p999_ms", times?.p999),
            ("turnaround_longest_ms", times?.longest), ("timeout_ms", device.timeout),
            ("timeout_configured_ms", device.configuredTimeout),
        ]
        for (name, value) in figures {
            json.key(name)
            if let value { json.double(milliseconds(value)) } else { json.null() }
        }
        for (name, value) in [("identity", device.identity), ("identity_expected", device.expectedIdentity)] {
            json.key(name)
            if let value { json.string(value) } else { json.null() }
        }
        json.key("refused_gaps")
        json.array { json in for gap in device.refusedGaps { json.string(gap.text) } }
        share(device.lineTime, of: uptime, &json)
    }

    /// Of the time since the start, in percent.
    func share(_ time: LineTime, of span: Nanoseconds, _ json: inout JSONWriter) {
        json.key("line_percent")
        json.object { json in
            let parts = [
                ("useful", time.useful), ("silence", time.silence), ("errors", time.errors), ("dead", time.dead),
            ]
            for (name, part) in parts {
                json.field(name, span > 0 ? percent(Double(part) / Double(span)) : 0)
            }
        }
    }

    func verdict(_ verdict: Verdict, _ json: inout JSONWriter) {
        json.object { json in
            json.field("kind", verdict.kind.rawValue)
            json.key("device")
            if let device = verdict.device { json.string(device) } else { json.null() }
            json.field("summary", verdict.summary)
            json.key("evidence")
            json.array { json in for fact in verdict.evidence { json.string(fact) } }
            json.field("advice", verdict.advice)
        }
    }

    func recorder(_ recorder: FlightRecorder.Summary, _ json: inout JSONWriter) {
        json.key("recorder")
        json.object { json in
            json.field("frames", recorder.taken)
            json.field("faults", recorder.faults)
            for (name, fault) in [("first", recorder.first), ("newest", recorder.newest)] {
                json.key(name)
                if let fault {
                    json.object { json in
                        json.field("reason", fault.reason)
                        json.field("ago_s", seconds(now - fault.at))
                    }
                } else {
                    json.null()
                }
            }
        }
    }
}
