package import GatewayModel
internal import Telemetry

/// What one receiver will get.
package struct ReceiverPlan: Hashable, Sendable {
    package var id: String
    package var profile: PayloadProfile
    package var readingsPerDay: Double
    package var messagesPerDay: Double
    /// Payload of the batches alone.
    package var payloadPerReading: Double
    /// Both ways, with MQTT, TLS and TCP around the payload, the acknowledgements and the minutely status.
    package var bytesPerDay: Double
    package var bytesPerMonth: Double { 30 * bytesPerDay }

    init(_ uplink: UplinkConfiguration, _ traffic: Traffic, gateway: String) {
        id = uplink.id
        profile = uplink.profile
        let topic = uplink.mqtt.prefix.utf8.count + gateway.utf8.count + "//batch".utf8.count
        var (messages, payload, readings, wire) = (0, 0, 0, 0)
        let filter = BatchFilter(dictionary: traffic.dictionary, filter: uplink.filter)
        for (envelope, content) in zip(traffic.batches, traffic.contents) {
            guard let admitted = try? filter.filtered(content), !admitted.isEmpty,
                let bytes = Self.payload(uplink, envelope, content, traffic, filter)
            else { continue }
            messages += 1
            payload += bytes
            readings += admitted.readings.count
            wire += Wire.message(payload: bytes, topic: topic, isTLS: uplink.mqtt.tls != nil)
        }
        readingsPerDay = traffic.perDay(Double(readings))
        messagesPerDay = traffic.perDay(Double(messages))
        payloadPerReading = readings > 0 ? Double(payload) / Double(readings) : 0
        let status = Wire.message(payload: Wire.statusBytes, topic: topic, isTLS: uplink.mqtt.tls != nil)
        bytesPerDay = traffic.perDay(Double(wire)) + 1_440 * Double(status)
    }

    private static func payload(
        _ uplink: UplinkConfiguration, _ envelope: BatchEnvelope, _ content: BatchContent, _ traffic: Traffic,
        _ filter: BatchFilter
    ) -> Int? {
        switch uplink.profile {
        case .batch: (try? filter.filtered(envelope.encoded()))?.count
        case .json:
            (try? BatchJSON.render(envelope, content, dictionary: traffic.dictionary, filter: uplink.filter))?.count
        }
    }
}

/// What a message costs on the way.
enum Wire {
    /// The status message of each minute, as measured on the demo station.
    static let statusBytes = 400
    private static let segment = 1_400
    /// IP and TCP with time stamps.
    private static let header = 52
    /// Of a TLS record: head, tag and content type.
    private static let record = 22

    /// A message of QoS 1 and its acknowledgement, each with the TCP acknowledgement of the other side.
    static func message(payload: Int, topic: Int, isTLS: Bool) -> Int {
        // Fixed header, topic length, packet id, properties with the lane.
        let message = payload + topic + 26 + (isTLS ? record : 0)
        let segments = (message + segment - 1) / segment
        let acknowledgement = 4 + header + (isTLS ? record : 0)
        return message + segments * header + acknowledgement + header
    }
}
