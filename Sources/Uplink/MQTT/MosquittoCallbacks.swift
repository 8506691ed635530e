internal import CMosquitto

/// Plain C functions with the client as user data; each only remembers what came.
func installCallbacks(on handle: OpaquePointer) {
    mosquitto_connect_v5_callback_set(handle) { _, context, reason, _, properties in
        guard reason == 0 else {
            client(context)?.remember(.refused(reason: Int(reason)))
            return
        }
        var maximum: UInt16 = 0
        let given = mosquitto_property_read_int16(
            properties, CInt(MQTT_PROP_RECEIVE_MAXIMUM.rawValue), &maximum, false)
        client(context)?.remember(.connected(receiveMaximum: given == nil ? nil : Int(maximum)))
    }
    mosquitto_disconnect_v5_callback_set(handle) { _, context, code, _ in
        client(context)?.remember(.disconnected(code: Int(code)))
    }
    mosquitto_publish_v5_callback_set(handle) { _, context, mid, reason, _ in
        client(context)?.remember(.acknowledged(mid: mid, reason: Int(reason)))
    }
    mosquitto_subscribe_v5_callback_set(handle) { _, context, mid, count, granted, _ in
        let reason = count > 0 ? granted.map { Int($0[0]) } : nil
        client(context)?.remember(.subscribed(mid: mid, reason: reason ?? 0x80))
    }
    mosquitto_message_v5_callback_set(handle) { _, context, message, _ in
        guard let message = message?.pointee, let topic = message.topic else { return }
        let length = Int(message.payloadlen)
        guard length >= 0, length <= MosquittoClient.largestMessage else { return }
        let payload = message.payload.map { Array(UnsafeRawBufferPointer(start: $0, count: length)) } ?? []
        client(context)?.remember(.message(topic: String(cString: topic), payload: payload))
    }
    mosquitto_log_callback_set(handle) { _, context, level, text in
        // libmosquitto reports TLS troubles here only, while OpenSSL's connection is still there to be asked.
        guard level == MOSQ_LOG_ERR, let text else { return }
        client(context)?.remember(tlsLog: String(cString: text))
    }
}

/// Alive: libmosquitto calls back only from inside a call that ``MosquittoClient`` makes.
private func client(_ context: UnsafeMutableRawPointer?) -> MosquittoClient? {
    context.map { Unmanaged<MosquittoClient>.fromOpaque($0).takeUnretainedValue() }
}
