internal import GatewayModel

/// The key `points` of one device, on top of its template.
struct PointListReading {
    let reader: MappingReader
    let template: DeviceReading.Template
    let facts: DeviceFacts
    private var context: FileContext { reader.context }

    /// nil, reported, when any point is wrong.
    func read() -> [PointDefinition]? {
        if reader.has("points") { return readList() }
        switch template {
        case .faulty: return nil
        case .none:
            context.error(
                reader.position,
                "missing key \"points\" in a device, expected points: a list, or template: a name of BoardConfigs/devices"
            )
            return nil
        case .found(let template):
            let points = template.defaultPoints.compactMap { definition(of: $0, at: reader.position) }
            if points.isEmpty {
                context.error(
                    reader.place("template"),
                    "template: \(template.name) has no point that is read by default, expected points: with names of it"
                )
            }
            return points
        }
    }

    private func readList() -> [PointDefinition]? {
        guard let items = reader.list("points", of: "points") else { return nil }
        if items.isEmpty {
            context.error(
                reader.place("points"), "points: an empty list, expected at least one point, or no key points at all")
        }
        var points: [PointDefinition] = []
        var seen: Set<String> = []
        var isWhole = !items.isEmpty
        for item in items {
            guard let (point, position) = read(item) else {
                isWhole = false
                continue
            }
            guard seen.insert(point.id).inserted else {
                context.error(position, "a second point \(FileContext.quoted(point.id)), expected an id of its own")
                isWhole = false
                continue
            }
            points.append(point)
        }
        return isWhole ? points : nil
    }

    private func read(_ node: YAMLNode) -> (PointDefinition, TextPosition)? {
        if case .scalar = node.content, !node.isEmpty { return named(node) }
        guard let point = MappingReader(node, "points", .point, context) else { return nil }
        point.require("id", "a name of its own, or that of a template's point")
        var draft = PointDraft(point, facts.proto)
        guard let id = draft.id else { return nil }
        var base: TemplatePoint?
        switch readBase(point, id) {
        case .faulty: return nil
        case .none: break
        case .found(let found): base = found
        }
        if let base { warn(base, at: point.position, own: draft) }
        draft.inherit(facts.overrides)
        if let base { draft.inherit(base.draft) }
        let access = base.map { $0.isReadable ? nil : $0.access } ?? draft.access?.value
        guard isPolled(access, id.value, draft.access?.position ?? id.position) else { return nil }
        let resolver = PointResolver(draft, point, proto: facts.proto, maxRegisters: facts.maxRegisters, context)
        return adjusted(resolver, base).map { ($0, id.position) }
    }

    /// What says where a value is, in messages.
    private var place: String {
        switch facts.proto {
        case .modbusRTU, .modbusTCP: "table, address and type"
        case .dlt645, .cjt188: "di and bytes"
        case .mbus: "record"
        }
    }

    /// A point by its name alone.
    private func named(_ node: YAMLNode) -> (PointDefinition, TextPosition)? {
        guard let name = context.identifier(node, "points", .item) else { return nil }
        switch template {
        case .faulty: return nil
        case .none:
            context.error(
                node.position,
                "points: \(FileContext.quoted(name)) is only a name, expected \(place), or a template")
            return nil
        case .found(let template):
            guard let base = template.points.first(where: { $0.id == name }) else {
                unknown(name, in: template, "points", at: node.position)
                return nil
            }
            guard isPolled(base.access, name, node.position) else { return nil }
            warn(base, at: node.position, own: PointDraft(position: node.position))
            return definition(of: base, at: node.position).map { ($0, node.position) }
        }
    }

    private enum Base {
        case none, faulty
        case found(TemplatePoint)
    }

    /// The template's point that a mapping stands on: the one of `from`, else the one of its id.
    private func readBase(_ point: MappingReader, _ id: Located<String>) -> Base {
        let from = point.identifier("from")
        if point.has("from"), from == nil { return .faulty }
        switch template {
        case .faulty: return .faulty
        case .none:
            guard let from else { return .none }
            context.error(from.position, "from: device \(facts.id) has no template, expected \(place)")
            return .faulty
        case .found(let template):
            let wanted = from ?? id
            if let base = template.points.first(where: { $0.id == wanted.value }) { return .found(base) }
            if from == nil, (["type"] + MeterDraft.keys(facts.proto)).contains(where: point.has) { return .none }
            unknown(wanted.value, in: template, from == nil ? "id" : "from", at: wanted.position)
            return .faulty
        }
    }

    private func unknown(_ name: String, in template: DeviceTemplate, _ key: String, at position: TextPosition) {
        let names = template.points.filter(\.isReadable).map(\.id)
        context.error(
            position,
            "\(key): no point \(FileContext.quoted(name)) in template \(template.name), "
                + "expected one of \(FileContext.list(names))\(context.hint(name, among: names))")
    }

    private func isPolled(_ access: PointAccess?, _ id: String, _ position: TextPosition) -> Bool {
        guard let access, access != .readable else { return true }
        context.error(
            position, "points: \(id) is access: \(access.rawValue) and never polled, expected only readable points")
        return false
    }

    /// A unit or a scaling of its own says that someone has looked at the device: then there is nothing to warn of.
    private func warn(_ base: TemplatePoint, at position: TextPosition, own: PointDraft) {
        guard base.isReadable, let doubt = base.doubt, own.map == nil, own.unit == nil, own.scale == nil,
            own.meter.decimals == nil
        else { return }
        context.warning(
            position, "point \(base.id) is doubtful: \(doubt) (a unit or scale of your own here ends this warning)")
    }

    /// The point, and what registers of its template say of its unit and exponent.
    private func adjusted(_ resolver: PointResolver, _ base: TemplatePoint?) -> PointDefinition? {
        guard var definition = resolver.definition(device: facts.id) else { return nil }
        guard let base, case .found(let template) = template else { return definition }
        // A map of its own says everything.
        if case .map = definition.scaling { return definition }
        definition.source = resolver.adjusted(definition, by: base.helpers(among: template.points))
        return definition
    }

    private func definition(of base: TemplatePoint, at position: TextPosition) -> PointDefinition? {
        var draft = PointDraft(position: position)
        draft.id = Located(base.id, position)
        draft.inherit(facts.overrides)
        draft.inherit(base.draft)
        let resolver = PointResolver(draft, nil, proto: facts.proto, maxRegisters: facts.maxRegisters, context)
        return adjusted(resolver, base)
    }
}
