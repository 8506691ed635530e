internal import GatewayModel

extension ConfigReading {
    /// nil, reported, when anything is wrong.
    func readUplinks(_ root: MappingReader, _ equipment: EquipmentList) -> [UplinkConfiguration]? {
        guard let items = root.list("uplinks", of: "receivers"), let node = root.node("uplinks") else { return nil }
        if !Bounds.receivers.contains(items.count) {
            context.error(node.position, "uplinks: \(items.count) receivers, expected 1 to 4")
        }
        var uplinks: [UplinkConfiguration] = []
        var seen: Set<String> = []
        for item in items {
            guard let reader = MappingReader(item, "uplinks", .uplink, context) else { continue }
            if let uplink = readUplink(reader, equipment, &seen) { uplinks.append(uplink) }
        }
        guard uplinks.count == items.count, !uplinks.isEmpty else { return nil }
        if !uplinks.contains(where: \.must) {
            context.warning(
                node.position,
                "uplinks: no receiver is must: true; a batch may leave the store before anyone has it")
        }
        return uplinks
    }

    private func readUplink(
        _ reader: MappingReader, _ equipment: EquipmentList, _ seen: inout Set<String>
    ) -> UplinkConfiguration? {
        reader.require("id", "a name of your own")
        reader.require("profile", "batch or json")
        reader.require("mqtt", "{host: ...}")
        let id = reader.identifier("id")
        if let id, !seen.insert(id.value).inserted {
            context.error(id.position, "id: a second uplink \(FileContext.quoted(id.value)), expected an id of its own")
        }
        let profile = reader.choice("profile", PayloadProfile.allCases.map(\.rawValue), later: ["sparkplug-b"])
        let must = reader.boolean("must")
        let acknowledgement = reader.choice("ack", AcknowledgementSource.self)
        let filter = FilterReading(context: context, equipment: equipment).read(reader)
        let share = reader.integer("backlog_share", in: Bounds.backlogShare)
        let mqtt = reader.mapping("mqtt", .mqtt).flatMap(readMQTT)
        guard let id, let profile, let kind = PayloadProfile(rawValue: profile.value), let filter, let mqtt else {
            return nil
        }
        return UplinkConfiguration(
            id: id.value, profile: kind, must: must?.value ?? Defaults.must,
            acknowledgement: acknowledgement?.value ?? Defaults.acknowledgement, filter: filter,
            backlogShare: share.map { Int($0.value) } ?? Defaults.backlogShare, mqtt: mqtt)
    }

    private func readMQTT(_ reader: MappingReader) -> MQTTConfiguration? {
        reader.require("host", "the broker's name or address")
        let host = readHost(reader)
        let port = reader.integer("port", in: Bounds.portNumber)
        let version = readVersion(reader)
        let prefix = readPrefix(reader)
        let clientID = reader.text("client_id", atMost: 64)
        let username = reader.text("username")
        let passwordFile = readFile(reader, "password_file")
        let tls = reader.mapping("tls", .tls).flatMap(readTLS)
        if !reader.has("tls") {
            context.warning(
                reader.position, "mqtt: plain MQTT: anyone on the way can read and change it; tls: {ca: FILE}")
        }
        if passwordFile != nil, !reader.has("username") {
            context.warning(
                reader.place("password_file"), "password_file: without a username; most brokers refuse that")
        }
        guard let host, !reader.has("tls") || tls != nil else { return nil }
        let usual = tls == nil ? Defaults.mqttPort : Defaults.mqttTLSPort
        return MQTTConfiguration(
            host: host, port: port.map { UInt16($0.value) } ?? usual, version: version,
            prefix: prefix ?? Defaults.prefix, clientID: clientID?.value, username: username?.value,
            passwordFile: passwordFile, tls: tls)
    }

    private func readHost(_ reader: MappingReader) -> String? {
        guard let host = reader.text("host", atMost: 253) else { return nil }
        let inner = host.value.hasPrefix("[") ? String(host.value.dropFirst().dropLast()) : host.value
        if Endpoint.isHost(inner) || Endpoint("[\(inner)]") != nil { return inner }
        context.error(
            host.position,
            "host: \(FileContext.quoted(host.value)) is no host, expected a name or an address, without scheme and port"
        )
        return nil
    }

    private func readVersion(_ reader: MappingReader) -> MQTTVersion {
        guard let version = reader.choice("version", ["5", "3.1.1"]) else { return Defaults.mqttVersion }
        if version.value == "3.1.1" {
            context.warning(
                version.position,
                "version: 3.1.1: a broker that refuses a message acknowledges it all the same, and the message is lost")
        }
        return MQTTVersion(rawValue: version.value) ?? Defaults.mqttVersion
    }

    private func readPrefix(_ reader: MappingReader) -> String? {
        guard let prefix = reader.text("prefix", atMost: 128) else { return nil }
        let parts = prefix.value.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty }), !prefix.value.contains(where: { "+#".contains($0) }),
            !prefix.value.hasPrefix("$")
        else {
            context.error(
                prefix.position,
                "prefix: \(FileContext.quoted(prefix.value)) is no topic, expected levels such as dg/1, "
                    + "without + # and without / at the ends")
            return nil
        }
        return prefix.value
    }

    private func readTLS(_ reader: MappingReader) -> TLSConfiguration? {
        reader.require("ca", "the file of the certificate that signs the broker's")
        let ca = readFile(reader, "ca")
        let certificate = readFile(reader, "cert")
        let key = readFile(reader, "key")
        if reader.has("cert") != reader.has("key") {
            let (has, lacks) = reader.has("cert") ? ("cert", "key") : ("key", "cert")
            context.error(reader.place(has), "\(has): without \(lacks), expected both or neither")
        }
        return ca.map { TLSConfiguration(ca: $0, certificate: certificate, key: key) }
    }

    /// Absence is only a warning: the file may come to the board later than the config.
    private func readFile(_ reader: MappingReader, _ key: String) -> String? {
        guard let path = reader.text(key, atMost: 1_000) else { return nil }
        guard path.value.hasPrefix("/") else {
            context.error(
                path.position, "\(key): \(FileContext.quoted(path.value)) is no absolute path, expected /DIR/FILE")
            return nil
        }
        if !ConfigFile.exists(path.value) {
            context.warning(path.position, "\(key): \(path.value) is not there on this machine")
        }
        return path.value
    }
}
