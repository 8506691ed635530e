/// What the broker said, as libmosquitto's callbacks saw it, in order.
package enum MQTTEvent: Equatable, Sendable {
    /// CONNACK with success. `receiveMaximum` is nil where the broker set no limit (MQTT 5.0, 3.2.2.3.3).
    case connected(receiveMaximum: Int?)
    /// CONNACK with a reason: 0x80 and above (MQTT 5), or 1...5 (MQTT 3.1.1, table 3.1).
    case refused(reason: Int)
    /// The connection is gone: a DISCONNECT reason (0x80 and above) or one of libmosquitto's error numbers.
    case disconnected(code: Int)
    /// PUBACK; with MQTT 3.1.1 the reason is always 0.
    case acknowledged(mid: CInt, reason: Int)
    /// SUBACK with the granted QoS, or a reason of 0x80 and above.
    case subscribed(mid: CInt, reason: Int)
    case message(topic: String, payload: [UInt8])
}
