internal import CLinux
internal import CMosquitto
internal import GatewayModel
internal import Glibc

/// Owns one `struct mosquitto` for the length of one connection.
///
/// Used from one thread, without libmosquitto's own loop, and thrown away when the connection ends: a client that is
/// kept sends every unacknowledged message again by itself (`message__reconnect_reset`), beside the store.
/// Nothing may be published before `.connected` has come: a publish while offline fails and is queued all the same.
final class MosquittoClient: BrokerClient {
    /// A message from the platform is never larger; a longer one is cut off by dropping it.
    static let largestMessage = 256 << 10
    /// Events that one call of the loop can leave; what comes beyond is dropped (a broker that floods).
    static let mostEvents = 4096

    private let handle: OpaquePointer
    private let isVersion5: Bool
    private let usesTLS: Bool
    private var events: [MQTTEvent] = []
    /// What OpenSSL reported in the failing handshake.
    private var tlsFailure: TLSFailure?
    private(set) var ownCertificateProblem: MQTTProblem?

    init(_ settings: MQTTSettings) throws(MQTTProblem) {
        guard MosquittoLibrary.ready, let handle = mosquitto_new(settings.clientID, true, nil) else {
            throw MQTTProblem(.ours, "libmosquitto gave no client", remedy: "free some memory")
        }
        self.handle = handle
        isVersion5 = settings.version == .v5
        usesTLS = settings.tls != nil
        mosquitto_user_data_set(handle, Unmanaged.passUnretained(self).toOpaque())
        installCallbacks(on: handle)
        try configure(settings)
    }

    deinit { mosquitto_destroy(handle) }

    private func configure(_ settings: MQTTSettings) throws(MQTTProblem) {
        let version = isVersion5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311
        try check(mosquitto_int_option(handle, MOSQ_OPT_PROTOCOL_VERSION, version), "set the MQTT version")
        try check(mosquitto_int_option(handle, MOSQ_OPT_TCP_NODELAY, 1), "set TCP_NODELAY")
        if isVersion5 {
            // Ours is the window that counts; libmosquitto's own must never be the narrower one.
            try check(
                mosquitto_int_option(handle, MOSQ_OPT_SEND_MAXIMUM, CInt(settings.window)), "set the send maximum")
        } else {
            try check(mosquitto_max_inflight_messages_set(handle, CUnsignedInt(settings.window)), "set the window")
        }
        let will = settings.will
        try check(
            mosquitto_will_set(handle, will.topic, CInt(will.payload.count), will.payload, 1, true), "set the will")
        if let username = settings.username {
            try check(mosquitto_username_pw_set(handle, username, settings.password), "set the user name")
        }
        guard let tls = settings.tls else { return }
        let context = try TLSContext(tls, host: settings.host, at: settings.certificateTime)
        ownCertificateProblem = context.ownCertificateProblem
        try use(context)
    }

    /// libmosquitto takes the context as it is and keeps a reference of its own.
    private func use(_ context: borrowing TLSContext) throws(MQTTProblem) {
        try check(mosquitto_int_option(handle, MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 0), "set up TLS")
        try check(
            mosquitto_void_option(handle, MOSQ_OPT_SSL_CTX, UnsafeMutableRawPointer(context.raw)), "set up TLS")
    }

    /// Begins to connect; does not wait for the connection. `address` is numeric, so that nothing is looked up here.
    func connect(address: String, port: UInt16, keepAlive: CInt) throws(MQTTProblem) {
        let result = mosquitto_connect_bind_async(handle, address, CInt(port), keepAlive, nil)
        let errorNumber = errno
        guard result == 0 else { throw problem(result, errorNumber) }
    }

    /// -1 when there is no connection.
    var socket: CInt { mosquitto_socket(handle) }
    var wantsToWrite: Bool { mosquitto_want_write(handle) }
    var connectError: CInt {
        var failure: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        getsockopt(socket, SOL_SOCKET, SO_ERROR, &failure, &length)
        return failure
    }

    /// Reads, writes and keeps alive, without blocking.
    func service(readable: Bool, writable: Bool) throws(MQTTProblem) {
        var result: CInt = 0
        errno = 0
        if readable { result = try read() }
        if result == 0, writable { result = mosquitto_loop_write(handle, 1) }
        if result == 0 { result = mosquitto_loop_misc(handle) }
        let errorNumber = errno
        guard result == 0 else { throw problem(result, errorNumber) }
    }

    /// libmosquitto aborts the process on a property that it does not know (`log__printf` asserts a client that
    /// `property__read` does not pass; 2.0.11, measured): no broker may do that to the gateway. No lock is held there,
    /// so the client can be destroyed.
    private func read() throws(MQTTProblem) -> CInt {
        var call = CMosquitto_read(client: handle, result: 0)
        guard CLinux_survives_assertions({ CMosquitto_read_once($0) }, &call) != 0 else {
            throw MQTTProblem(
                .lost, "the broker sent something that is not MQTT", remedy: "check mqtt.port and mqtt.version")
        }
        return call.result
    }

    /// Publishes with QoS 1 and returns the message id that the PUBACK will carry.
    func publish(topic: String, payload: [UInt8], retain: Bool, lane: Lane?) throws(MQTTProblem) -> CInt {
        var properties: OpaquePointer?
        defer { mosquitto_property_free_all(&properties) }
        if let lane, isVersion5 {
            let user = CInt(MQTT_PROP_USER_PROPERTY.rawValue)
            try check(
                mosquitto_property_add_string_pair(&properties, user, "lane", lane.rawValue), "name the lane")
        }
        var mid: CInt = 0
        errno = 0
        let result = mosquitto_publish_v5(
            handle, &mid, topic, CInt(clamping: payload.count), payload, 1, retain, properties)
        let errorNumber = errno
        guard result == 0 else { throw problem(result, errorNumber) }
        return mid
    }

    /// Subscribes with QoS 1 and returns the message id that the SUBACK will carry.
    func subscribe(topic: String) throws(MQTTProblem) -> CInt {
        var mid: CInt = 0
        let result = mosquitto_subscribe(handle, &mid, topic, 1)
        let errorNumber = errno
        guard result == 0 else { throw problem(result, errorNumber) }
        return mid
    }

    /// Says good-bye, so that the broker does not publish the will.
    func disconnect() { _ = mosquitto_disconnect_v5(handle, 0, nil) }

    /// Takes what the callbacks have gathered.
    func takeEvents() -> [MQTTEvent] {
        defer { events.removeAll(keepingCapacity: true) }
        return events
    }

    private func check(_ result: CInt, _ action: String) throws(MQTTProblem) {
        guard result != 0 else { return }
        let words = MosquittoLibrary.text(result)
        throw MQTTProblem(.configuration, "could not \(action): \(words)", remedy: "check this uplink's settings")
    }

    private func problem(_ result: CInt, _ errorNumber: CInt) -> MQTTProblem {
        if let tlsFailure { return tlsFailure.problem }
        return MQTTProblem(libmosquitto: result, errorNumber: errorNumber)
    }
}

extension MosquittoClient {
    /// Called by the callbacks: libmosquitto holds a lock then, so nothing but remembering happens here.
    func remember(_ event: MQTTEvent) {
        if events.count < Self.mostEvents { events.append(event) }
    }

    func remember(tlsLog line: String) {
        guard usesTLS else { return }
        tlsFailure = TLSFailure(log: line, verifyResult: CMosquitto_verify_result(handle), before: tlsFailure)
    }
}
