import GatewayModel
import StationPlan

/// A plan for programs: fixed key order; each key names its unit.
enum PlanJSON {
    static func text(_ plan: StationPlan, _ configuration: GatewayConfiguration) -> String {
        var writer = JSONWriter()
        writer.object { json in
            json.field("gateway", configuration.gatewayID)
            json.field("config", configuration.hash)
            json.key("buses")
            json.array { json in for bus in plan.buses { self.bus(bus, configuration, &json) } }
            json.key("uplinks")
            json.array { json in for receiver in plan.receivers { self.receiver(receiver, &json) } }
            json.key("store")
            json.object { json in
                json.field("batches_per_day", rounded(plan.store.batchesPerDay))
                json.field("bytes_per_day", Int64(plan.store.bytesPerDay))
                json.field("flash_bytes_per_day", Int64(plan.store.flashPerDay))
                json.field("bridges_s", plan.store.bridges / 1_000_000_000)
            }
            json.field("memory_bytes", plan.memory)
            json.field("loss_bound_s", plan.lossBound / 1_000_000_000)
        }
        return writer.text
    }

    private static func bus(_ bus: BusPlan, _ configuration: GatewayConfiguration, _ json: inout JSONWriter) {
        json.object { json in
            json.field("id", bus.id)
            json.field("mode", bus.isListenOnly ? "listen" : "poll")
            json.field("points", bus.points)
            json.field("requests", bus.requests)
            json.field("cycle_ms", rounded(Double(bus.cycle) / 1e6))
            json.field("load_percent", rounded(bus.totalLoad * 100))
            json.field("taken_percent", rounded(bus.taken * 100))
            json.field("requests_per_s", rounded(bus.requestsPerSecond))
            json.field("readings_per_s", rounded(bus.readingsPerSecond))
            json.key("continuous_cycle_ms")
            if let cycle = bus.continuousCycle { json.double(rounded(Double(cycle) / 1e6)) } else { json.null() }
            json.field("dropped_percent", rounded(bus.dropped * 100))
            json.key("slowest")
            if let slowest = bus.slowest {
                json.object { json in
                    json.field("device", configuration.points[slowest.point].device)
                    json.field("point", configuration.points[slowest.point].id)
                    json.field("interval_ms", slowest.interval / 1_000_000)
                    json.key("period_ms")
                    if let period = slowest.period { json.integer(period / 1_000_000) } else { json.null() }
                }
            } else {
                json.null()
            }
            json.key("devices")
            json.array { json in
                for device in bus.devices {
                    json.object { json in
                        json.field("id", device.id)
                        json.field("points", device.points)
                        json.field("requests", device.requests)
                        json.field("cycle_ms", rounded(Double(device.cycle) / 1e6))
                        json.field("turnaround_ms", rounded(Double(device.turnaround) / 1e6))
                        json.field("load_percent", rounded(device.load * 100))
                    }
                }
            }
        }
    }

    private static func receiver(_ receiver: ReceiverPlan, _ json: inout JSONWriter) {
        json.object { json in
            json.field("id", receiver.id)
            json.field("profile", receiver.profile.rawValue)
            json.field("readings_per_day", rounded(receiver.readingsPerDay))
            json.field("messages_per_day", rounded(receiver.messagesPerDay))
            json.field("payload_bytes_per_reading", rounded(receiver.payloadPerReading))
            json.field("bytes_per_day", Int64(receiver.bytesPerDay))
            json.field("bytes_per_month", Int64(receiver.bytesPerMonth))
        }
    }

    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
