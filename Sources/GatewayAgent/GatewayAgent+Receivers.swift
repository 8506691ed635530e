internal import GatewayModel
internal import Logging
internal import Storage
internal import Telemetry
internal import Uplink

extension GatewayAgent {
    /// One receiver per configured uplink, and what it tells its platform about this gateway.
    static func receivers(
        _ configuration: GatewayConfiguration, _ path: DataPath, _ boot: BootID, _ logger: Logger,
        _ time: any TimeSource
    ) -> [Receiver] {
        let dictionary = DictionaryText(configuration).id
        let (outbox, clock) = (path.outbox, path.clock)
        return configuration.uplinks.enumerated().map { index, uplink in
            Receiver(
                configuration: uplink, index: index, gatewayID: configuration.gatewayID, source: path.source,
                renderer: uplink.renderer, certificateTime: { clock.certificateTime },
                meta: { meta(configuration, dictionary, clock.anchor, boot) },
                health: {
                    health(outbox.status, path.isVolatile, path.alarms.active.count, clock.anchor, time.bootTime())
                }, logger: logger,
                time: time)
        }
    }

    /// `PREFIX/GATEWAY/meta`. `anchor`: what turns times since boot into UTC, for batches that went out untrusted.
    private static func meta(
        _ configuration: GatewayConfiguration, _ dictionary: DictionaryID, _ anchor: WallAnchor?, _ boot: BootID
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { json in
            json.field("gateway", configuration.gatewayID)
            json.field("name", configuration.name)
            json.field("version", Version.text)
            json.field("config", configuration.hash)
            json.field("dictionary", dictionary.hexadecimal)
            guard let anchor else { return }
            json.key("anchor")
            json.object { json in
                json.field("boot", boot.hexadecimal)
                json.field("boottime", anchor.bootTime.milliseconds)
                json.field("time", anchor.realTime / 1_000_000)
                json.field("error_ms", anchor.error / 1_000_000)
            }
        }
        return writer.bytes
    }

    /// The health figures of `PREFIX/GATEWAY/status`.
    private static func health(
        _ store: OutboxStatus, _ isVolatile: Bool, _ alarms: Int, _ anchor: WallAnchor?, _ now: BootTime
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { json in
            json.field("clock", anchor?.isTrusted(at: now) ?? false ? "trusted" : "untrusted")
            json.field("batches", store.batches)
            json.field("fill_percent", store.fillPercent.rounded())
            json.field("evicted", store.evicted)
            json.field("damaged", store.damaged)
            json.field("last_sequence", store.lastSequence)
            json.field("volatile", isVolatile)
            json.field("alarms", alarms)
        }
        return writer.bytes
    }
}
