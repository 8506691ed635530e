internal import GatewayModel

/// Reads and checks one device template.
struct TemplateFile {
    private let reader: MappingReader
    private var context: FileContext { reader.context }

    /// nil: faulty; the problems are in the log under `path`.
    static func load(_ path: String, name: String, _ log: ProblemLog) -> DeviceTemplate? {
        let context = FileContext(file: path, log: log)
        log.begin(file: path)
        do {
            return read(try ConfigFile.read(path), name: name, context)
        } catch {
            context.error(.start, "cannot be read: \(error.reason)")
            return nil
        }
    }

    static func read(_ bytes: [UInt8], name: String, _ context: FileContext) -> DeviceTemplate? {
        guard let node = YAMLLoader.load(bytes, context),
            let reader = MappingReader(node, "a template", .template, context)
        else { return nil }
        let template = TemplateFile(reader: reader).template(name)
        return context.log.hasErrors(in: context.file) ? nil : template
    }

    private func template(_ name: String) -> DeviceTemplate {
        for (key, expected) in [
            ("name", "the family's full name"), ("vendor", "who makes it"),
            ("protocol", FileContext.list(DeviceProtocol.allCases.map(\.rawValue))),
            ("source", "where the facts come from"), ("points", "a list of points"),
            ("verification", FileContext.list(DeviceTemplate.Verification.allCases.map(\.rawValue))),
        ] {
            reader.require(key, expected)
        }
        let title = reader.text("name")?.value ?? name
        let vendor = reader.text("vendor")?.value ?? ""
        let category = reader.text("category", atMost: 64)?.value ?? ""
        let proto = DeviceProtocol.read(reader)
        let limits = reader.mapping("limits", .limits)
        let maxRegisters = limits?.integer("max_registers", in: Bounds.registers).map { Int($0.value) }
        let turnaround = reader.mapping("turnaround", .turnaround)
        let points = proto.map { self.points($0.value, maxRegisters ?? Defaults.maxRegisters) } ?? []
        return DeviceTemplate(
            name: name, title: title, vendor: vendor, category: category,
            proto: proto?.value.rawValue ?? DeviceProtocol.modbusRTU.rawValue, identity: identity(points)?.value,
            factoryFormat: factoryFormat(), meterType: meterType(proto?.value), identifierOrder: order(proto?.value),
            sources: texts("source"),
            verification: reader.choice("verification", DeviceTemplate.Verification.self)?.value ?? .doubtful,
            serial: serial(), notes: texts("notes"), maxRegisters: maxRegisters,
            maxBits: limits?.integer("max_bits", in: Bounds.bits).map { Int($0.value) },
            guardTime: limits?.duration("guard", in: Bounds.guardTime)?.value, refused: refused(limits),
            typicalTurnaround: turnaround?.duration("typical", in: Bounds.turnaround)?.value,
            maxTurnaround: turnaround?.duration("max", in: Bounds.turnaround)?.value,
            points: points)
    }

    private func refused(_ limits: MappingReader?) -> [RefusedGap] {
        guard let items = limits?.list("refused", of: "gaps") else { return [] }
        return items.compactMap { item in
            guard let text = context.text(item, "refused", atMost: 40) else { return nil }
            if let gap = RefusedGap(text: text) { return gap }
            context.error(
                item.position,
                "refused: \(FileContext.quoted(text)) is no gap, expected a table and its first and last address, "
                    + "like holding:12-19")
            return nil
        }
    }

    /// A readable point of this template, by whose value a device is known.
    private func identity(_ points: [TemplatePoint]) -> Located<String>? {
        guard let id = reader.identifier("identity") else { return nil }
        if points.contains(where: { $0.id == id.value && $0.isReadable }) { return id }
        let names = points.filter(\.isReadable).map(\.id)
        context.error(
            id.position,
            "identity: no readable point \(FileContext.quoted(id.value)) in this template, expected one of its points"
                + context.hint(id.value, among: names))
        return nil
    }

    private func meterType(_ proto: DeviceProtocol?) -> UInt8? {
        let type = reader.integer("meter_type", in: Bounds.meterTypes)?.map { UInt8($0) }
        refuseOutsideCJT188("meter_type", proto)
        return type?.value
    }

    private func order(_ proto: DeviceProtocol?) -> IdentifierOrder? {
        let order = reader.choice("di_order", IdentifierOrder.self)
        refuseOutsideCJT188("di_order", proto)
        return order?.value
    }

    private func refuseOutsideCJT188(_ key: String, _ proto: DeviceProtocol?) {
        guard let proto, proto != .cjt188, reader.has(key) else { return }
        context.error(
            reader.place(key), "\(key): not with protocol \(proto.rawValue), expected it only with cjt188")
    }

    private func factoryFormat() -> SerialFormat? {
        let silent = FileContext(file: context.file, log: ProblemLog())
        guard let node = reader.node("serial"), let serial = MappingReader(node, "serial", .serial, silent) else {
            return nil
        }
        return serial.has("baud") || serial.has("format") ? SerialText.format(serial) : nil
    }

    private func points(_ proto: DeviceProtocol, _ maxRegisters: Int) -> [TemplatePoint] {
        guard let items = reader.list("points", of: "points") else { return [] }
        var points: [TemplatePoint] = []
        var seen: Set<String> = []
        var references: [(key: String, id: Located<String>)] = []
        var resolvers: [PointResolver] = []
        for item in items {
            guard let point = MappingReader(item, "points", .templatePoint, context) else { continue }
            point.require("id", "a name of its own")
            let unitFrom = point.identifier("unit_from")
            let exponentFrom = point.identifier("exponent_from")
            let decimalsFrom = point.identifier("decimals_from")
            if let unitFrom { references.append(("unit_from", unitFrom)) }
            if let exponentFrom { references.append(("exponent_from", exponentFrom)) }
            if let decimalsFrom { references.append(("decimals_from", decimalsFrom)) }
            let draft = PointDraft(point, proto)
            guard let id = draft.id else { continue }
            guard seen.insert(id.value).inserted else {
                context.error(
                    id.position, "id: a second point \(FileContext.quoted(id.value)), expected an id of its own")
                continue
            }
            let isDefault = point.boolean("default")
            let access = draft.access?.value ?? Defaults.access
            let doubt = doubt(point)
            if let isDefault, isDefault.value, access != .readable || doubt != nil {
                context.error(
                    isDefault.position,
                    "default: point \(id.value) is \(doubt != nil ? "doubtful" : "access: \(access.rawValue)"), "
                        + "expected default only on a certain, readable point")
            }
            let resolver = PointResolver(draft, point, proto: proto, maxRegisters: maxRegisters, context)
            guard let definition = resolver.definition(device: "") else { continue }
            resolvers.append(resolver)
            points.append(
                TemplatePoint(
                    id: id.value, definition: definition, access: access, isDefault: isDefault?.value ?? false,
                    doubt: doubt, note: point.text("note", atMost: 500)?.value, unitFrom: unitFrom?.value,
                    exponentFrom: exponentFrom?.value, decimalsFrom: decimalsFrom?.value, draft: draft))
        }
        check(references, points.map(\.id))
        for (index, resolver) in resolvers.enumerated() {
            points[index].definition.source = resolver.adjusted(
                points[index].definition, by: points[index].helpers(among: points))
        }
        return points
    }

    private func check(_ references: [(key: String, id: Located<String>)], _ ids: [String]) {
        for (key, id) in references where !ids.contains(id.value) {
            context.error(
                id.position,
                "\(key): no point \(FileContext.quoted(id.value)) in this template, expected one of its points"
                    + context.hint(id.value, among: ids))
        }
    }

    /// `doubtful: true`, or the reason.
    private func doubt(_ point: MappingReader) -> String? {
        guard let node = point.node("doubtful") else { return nil }
        if case .scalar(let text, quoted: false) = node.content, text == "true" || text == "false" {
            return text == "true" ? "not certain" : nil
        }
        return context.text(node, "doubtful", atMost: 500)
    }

    /// One text, or a list of texts.
    private func texts(_ key: String) -> [String] {
        guard let node = reader.node(key) else { return [] }
        guard case .sequence(let items) = node.content else {
            return context.text(node, key, atMost: 1_000).map { [$0] } ?? []
        }
        return items.compactMap { context.text($0, key, atMost: 1_000) }
    }

    private func serial() -> String {
        guard let serial = reader.mapping("serial", .serial) else { return "" }
        let format = SerialText.format(serial)?.text
        let address = serial.integer("address", in: Bounds.unit)?.value
        let note = serial.text("note", atMost: 500)?.value
        return [format, address.map { "address \($0)" }, note].compactMap { $0 }.joined(separator: ", ")
    }
}
