internal import FieldBus
internal import GatewayModel
internal import Storage
internal import Uplink

extension StationStatus {
    /// `gatewayctl status --json`: fixed key order; times in the unit that the key names.
    func json() -> [UInt8] {
        var writer = JSONWriter()
        writer.object { json in
            json.field("gateway", configuration.gatewayID)
            json.field("name", configuration.name)
            json.field("version", Version.text)
            json.field("config", configuration.hash)
            json.field("uptime_s", seconds(uptime))
            clock(&json)
            optional("loss_bound_s", lossBound.map(seconds), &json)
            json.key("buses")
            json.array { json in for status in buses { bus(status, &json) } }
            json.key("devices")
            json.array { json in
                for status in buses { for one in status.devices { device(one, of: status.id, &json) } }
            }
            json.key("lines")
            json.array { json in for status in lines { line(status, &json) } }
            alarms(&json)
            storage(&json)
            json.key("uplinks")
            json.array { json in for index in uplinks.indices { uplink(index, &json) } }
            json.key("memory")
            json.object { json in
                for (name, fill) in [("ring_readings", ring), ("queue_batches", queue)] {
                    json.key(name)
                    json.object {
                        $0.field("waiting", fill.waiting)
                        $0.field("capacity", fill.capacity)
                        $0.field("lost", fill.lost)
                    }
                }
            }
        }
        return writer.bytes
    }

    private func clock(_ json: inout JSONWriter) {
        json.key("clock")
        json.object { json in
            json.field("trusted", anchor?.isTrusted(at: now) ?? false)
            json.field("source", clockSource)
            optional("error_ms", anchor.map { $0.error(at: now) / 1_000_000 }, &json)
            optional("time", wall(now), &json)
        }
    }

    private func bus(_ bus: BusStatus, _ json: inout JSONWriter) {
        json.object { json in
            json.field("id", bus.id)
            json.field("state", bus.state.word)
            json.field("mode", bus.isListenOnly ? "listen" : "poll")
            text("error", bus.portError, &json)
            json.field("port_losses", bus.portLosses)
            json.field("load_percent", percent(bus.load))
            json.field("predicted_load_percent", percent(bus.predictedLoad))
            json.field("requests", bus.requests)
            json.field("requests_per_cycle", bus.requestsPerCycle)
            json.field("cycle_ms", milliseconds(bus.predictedCycle))
            optional("continuous_cycle_ms", bus.continuousCycle.map { $0 / 1_000_000 }, &json)
            json.key("overruns")
            json.object { json in
                for priority in PointPriority.allCases.reversed() {
                    json.field(priority.name, bus.overruns[priority] ?? 0)
                }
            }
            json.field("silent_devices_percent", percent(share(bus.probeTime)))
            share(bus.time, of: uptime, &json)
            json.key("verdicts")
            json.array { json in for verdict in bus.verdicts { self.verdict(verdict, &json) } }
            recorder(bus.recorder, &json)
        }
    }

    private func device(_ device: DeviceStatus, of bus: String, _ json: inout JSONWriter) {
        json.object { json in
            json.field("id", device.id)
            json.field("bus", bus)
            if case .modbus(let unit) = device.address { json.field("unit", unit) }
            json.field("address", device.address.text)
            json.field("state", device.state.word)
            if case .silent(let since, let interval) = device.state {
                json.field("silent_s", seconds(now - since))
                json.field("probe_interval_s", seconds(interval))
            }
            optional("last_good_s", device.lastGood.map { (now - $0) / 1_000_000_000 }, &json)
            json.field("requests", device.counters.requests)
            json.field("replies", device.counters.replies)
            json.field("timeouts", device.counters.timeouts)
            json.field("short_frames", device.counters.shortFrames)
            json.field("checksum_errors", device.counters.checksumErrors)
            json.field("wrong_answers", device.counters.wrongAnswers)
            json.field("wrong_unit", device.counters.wrongUnit)
            json.field("wrong_function", device.counters.wrongFunction)
            json.field("retries", device.counters.retries)
            json.field("late_answers", device.counters.lateAnswers)
            json.key("exceptions")
            json.object { json in
                for (code, count) in device.counters.exceptions.sorted(by: { $0.key < $1.key }) {
                    json.field("\(code)", count)
                }
            }
            health(device, &json)
            json.key("unsupported")
            json.array { json in
                for refused in device.unsupported { json.string(configuration.points[refused.point].id) }
            }
        }
    }

    private func storage(_ json: inout JSONWriter) {
        json.key("store")
        json.object { json in
            text("epoch", store.epoch?.text, &json)
            json.field("last_sequence", store.lastSequence)
            json.field("batches", store.batches)
            json.field("used_bytes", store.usedBytes)
            json.field("limit_bytes", store.limitBytes)
            json.field("fill_percent", round(store.fillPercent))
            json.field("held_for_clock", store.held)
            json.field("evicted", store.evicted)
            json.field("thinned", store.thinned)
            json.field("reblocked", store.reblocked)
            json.field("damaged", store.damaged)
            json.field("last_commit_ms", milliseconds(store.lastCommit))
            json.field("slowest_commit_ms", milliseconds(store.slowestCommit))
            optional("bytes_written", store.bytesWritten.map { Int64(clamping: $0) }, &json)
            optional("bytes_written_per_day", bytesWrittenPerDay, &json)
            text("salvaging", store.salvaging, &json)
            json.field("salvaged", store.salvaged)
            text("error", store.trouble, &json)
            json.field("volatile", volatile.since != nil)
            optional("volatile_s", volatile.since.map { seconds(now - $0) }, &json)
            json.field("volatile_waiting", Int64(volatile.sent))
            json.field("volatile_delivered", volatile.delivered)
        }
    }

    private func uplink(_ index: Int, _ json: inout JSONWriter) {
        let (uplink, status) = (configuration.uplinks[index], uplinks[index])
        let stored = store.receivers.first { $0.id == uplink.id }
        json.object { json in
            json.field("id", uplink.id)
            json.field("profile", uplink.profile.rawValue)
            json.field("must", uplink.must)
            json.field("connected", status.connected)
            text("error", status.problem, &json)
            text("remedy", status.remedy, &json)
            json.field("unacknowledged", stored?.unacknowledged ?? 0)
            optional("oldest_unsent_s", stored.flatMap(backlogAge).map { $0 / 1_000_000_000 }, &json)
            backlog(index, &json)
            optional("last_acknowledged", status.lastAcknowledged.map { Int64(clamping: $0.sequence) }, &json)
            json.field("in_flight", status.inFlight)
            json.field("sent", status.sent)
            json.field("acknowledged", status.acknowledged)
            json.field("resent", status.resent)
            json.field("payload_bytes", status.payloadBytes)
            json.field("reconnects", status.reconnects)
        }
    }

    private func backlog(_ index: Int, _ json: inout JSONWriter) {
        let (progress, status) = (backlog(of: index), uplinks[index].backlog)
        json.key("backlog")
        json.object { json in
            json.field("share_percent", configuration.uplinks[index].backlogShare)
            optional("starts_in_s", status.startsAt.map { max(0, $0 - now) / 1_000_000_000 }, &json)
            json.field("left", progress.left)
            json.field("done_percent", progress.donePercent)
            optional("left_s", progress.timeLeft.map { $0 / 1_000_000_000 }, &json)
            optional("link_bytes_per_s", status.linkBytesPerSecond.map { Int64($0) }, &json)
            json.field("burst_bytes", status.burstBytes)
        }
    }

    /// Of the time since the start, 0...1.
    private func share(_ time: Nanoseconds) -> Double { Double(time) / Double(max(uptime, 1)) }
    func seconds(_ time: Nanoseconds) -> Int64 { time / 1_000_000_000 }
    func milliseconds(_ time: Nanoseconds) -> Double { round(Double(time) / 1e6) }
    func percent(_ share: Double) -> Double { round(share * 100) }
    private func round(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    func optional(_ key: String, _ value: Int64?, _ json: inout JSONWriter) {
        json.key(key)
        if let value { json.integer(value) } else { json.null() }
    }

    func text(_ key: String, _ value: String?, _ json: inout JSONWriter) {
        json.key(key)
        if let value { json.string(value) } else { json.null() }
    }
}

extension BusStatus.State {
    var word: String {
        switch self {
        case .starting: "starting"
        case .polling: "polling"
        case .portLost: "port-lost"
        case .stopped: "stopped"
        }
    }
}

extension DeviceStatus.State {
    var word: String {
        switch self {
        case .notYetHeard: "not-yet-heard"
        case .ok: "ok"
        case .silent: "silent"
        }
    }
}
