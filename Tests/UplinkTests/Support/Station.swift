import GatewayModel
import GatewayTestSupport
import Glibc
import Logging

@testable import Uplink

/// One gateway's uplink for a test: a source, and receivers that are stopped at the end.
struct Station {
    let source: MemorySource
    let receiver: Receiver

    static let gateway = "cj-hs-017"
    static let batchTopic = "dg/1/cj-hs-017/batch"

    init(
        port: UInt16, source: MemorySource = .init(), index: ReceiverIndex = 0, profile: PayloadProfile = .batch,
        renderer: (any PayloadRenderer)? = nil, acknowledgement: AcknowledgementSource = .broker,
        timing: ReceiverTiming = .quick, limits: ReceiverLimits = .init(),
        clock: any TimeSource = SystemTime(),
        change: (inout MQTTConfiguration) -> Void = { _ in }
    ) {
        signal(SIGPIPE, SIG_IGN)
        var mqtt = MQTTConfiguration(host: "127.0.0.1", port: port)
        change(&mqtt)
        let configuration = UplinkConfiguration(
            id: "city\(index)", profile: profile, acknowledgement: acknowledgement, mqtt: mqtt)
        self.source = source
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .error
        receiver = Receiver(
            configuration: configuration, index: index, gatewayID: Self.gateway, source: source,
            renderer: renderer ?? configuration.renderer, certificateTime: { clock.realTime() },
            meta: { Array(#"{"version":"1.0"}"#.utf8) },
            health: { Array(#"{"cpu":3}"#.utf8) }, logger: logger, timing: timing, limits: limits, seed: 17)
        receiver.start()
    }

    /// A new batch, durable now.
    @discardableResult
    func seal(bytes: Int = 100) -> StoredBatch {
        let batch = source.add(bytes: bytes)
        receiver.notify(batch)
        return batch
    }

    func hasDelivered(_ index: ReceiverIndex = 0) -> Bool {
        source.acknowledged(by: index) == Set(source.keys)
    }
}

extension ReceiverTiming {
    /// For tests: short waits, the same logic.
    static var quick: ReceiverTiming {
        var timing = ReceiverTiming()
        timing.reconnectFirst = .milliseconds(50)
        timing.reconnectMost = .milliseconds(400)
        timing.refusedMost = .milliseconds(200)
        timing.refusalFirst = .milliseconds(100)
        timing.refusalMost = .milliseconds(800)
        timing.rescan = .seconds(1)
        timing.retained = .milliseconds(300)
        timing.backlogStartFirst = .milliseconds(50)
        timing.backlogStartMost = .milliseconds(50)
        return timing
    }
}

extension BrokerSubscriber {
    /// Payloads on the batch topic.
    var batches: [Message] { messages.filter { $0.topic.hasSuffix("/batch") } }
}
