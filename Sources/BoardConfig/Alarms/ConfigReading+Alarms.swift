internal import GatewayModel

extension ConfigReading {
    /// What the config says of one alarm.
    private struct Entry {
        var rule: AlarmRule
        var suppressedBy: Located<String>?
    }

    /// What it says of devices that do not answer: `comm:*`, or `comm:DEVICE`.
    private struct SilenceEntry {
        var severity: AlarmSeverity?
        var delay: Nanoseconds?
        var suppressedBy: Located<String>?
    }

    /// The rules of `alarms`, then one for each device.
    func readAlarms(_ root: MappingReader, _ equipment: EquipmentList) -> [AlarmRule] {
        let items = root.list("alarms", of: "alarms") ?? []
        if items.count > Bounds.alarms {
            context.error(root.place("alarms"), "alarms: \(items.count) of them, expected at most \(Bounds.alarms)")
        }
        var entries: [Entry] = []
        var silences: [String: SilenceEntry] = [:]
        var seen: Set<String> = []
        for item in items {
            guard let reader = MappingReader(item, "alarms", .alarm, context) else { continue }
            reader.require("id", "a name of your own, or comm:DEVICE")
            guard let id = readID(reader, equipment), isFirst(id, &seen) else { continue }
            let severity = reader.choice("severity", AlarmSeverity.allCases.map(\.name)).flatMap { name in
                AlarmSeverity.allCases.first { $0.name == name.value }
            }
            let delay = reader.duration("for", in: Bounds.alarmDelay)?.value
            let suppressedBy = reader.text("suppressed_by", atMost: 80)
            if id.value.hasPrefix(AlarmRule.silencePrefix) {
                for key in ["when", "clear"] where reader.has(key) {
                    context.error(reader.place(key), "\(key): a comm: alarm knows by itself, expected no key \(key)")
                }
                silences[id.value] = SilenceEntry(severity: severity, delay: delay, suppressedBy: suppressedBy)
            } else if let cause = readCause(reader, equipment) {
                entries.append(
                    Entry(
                        rule: AlarmRule(
                            id: id.value, cause: cause, severity: severity ?? Defaults.alarmSeverity,
                            delay: delay ?? Defaults.alarmDelay),
                        suppressedBy: suppressedBy))
            }
        }
        entries += equipment.devices.map { silence(of: $0, silences) }
        return resolved(entries, seen)
    }

    private func silence(of device: DeviceConfiguration, _ silences: [String: SilenceEntry]) -> Entry {
        let id = AlarmRule.silenceID(of: device.id)
        let (own, all) = (silences[id], silences[AlarmRule.silenceID(of: "*")])
        let suppressor = own?.suppressedBy ?? all?.suppressedBy
        return Entry(
            rule: AlarmRule(
                id: id, cause: .silence(of: device.points),
                severity: own?.severity ?? all?.severity ?? AlarmRule.silenceSeverity,
                delay: own?.delay ?? all?.delay ?? AlarmRule.silenceDelay),
            // `comm:*` may name one of those that it speaks of.
            suppressedBy: own?.suppressedBy == nil && suppressor?.value == id ? nil : suppressor)
    }

    /// An id of its own, `comm:*` or the device of a `comm:`; nil, reported, when it is neither.
    private func readID(_ reader: MappingReader, _ equipment: EquipmentList) -> Located<String>? {
        guard let text = reader.text("id", atMost: 80) else { return nil }
        guard text.value.hasPrefix(AlarmRule.silencePrefix) else { return reader.identifier("id") }
        let device = String(text.value.dropFirst(AlarmRule.silencePrefix.count))
        let devices = equipment.known.map(\.id).filter { $0 != "io" && $0 != "gateway" }
        if device == "*" || devices.contains(device) { return text }
        let hint = context.nearest(device, among: devices).map { " (did you mean \"comm:\($0)\"?)" } ?? ""
        context.error(
            text.position,
            "id: no device \(FileContext.quoted(device)), expected comm:* or comm: and one of "
                + FileContext.list(devices) + hint)
        return nil
    }

    private func isFirst(_ id: Located<String>, _ seen: inout Set<String>) -> Bool {
        if seen.insert(id.value).inserted { return true }
        context.error(id.position, "id: a second alarm \(FileContext.quoted(id.value)), expected an id of its own")
        return false
    }

    private func readCause(_ reader: MappingReader, _ equipment: EquipmentList) -> AlarmRule.Cause? {
        reader.require("when", "a condition such as heat-meter.t1_supply > 95")
        let operands = AlarmOperands(context: context, equipment: equipment)
        let when = AlarmExpression.read(reader, "when", operands)
        let clear = AlarmExpression.read(reader, "clear", operands)
        guard let when, clear != nil || !reader.has("clear") else { return nil }
        AlarmDoubts(context: context, points: equipment.points).warn(
            when, at: reader.node("when")?.position ?? reader.position,
            clear: clear.map { ($0, reader.node("clear")?.position ?? reader.position) })
        return .condition(when: when, clear: clear)
    }

    /// With `suppressed_by` turned into places.
    private func resolved(_ entries: [Entry], _ written: Set<String>) -> [AlarmRule] {
        let places = Dictionary(
            entries.enumerated().map { ($0.element.rule.id, $0.offset) }, uniquingKeysWith: { first, _ in first })
        var rules = entries.map(\.rule)
        for (index, entry) in entries.enumerated() {
            guard let name = entry.suppressedBy else { continue }
            if let place = places[name.value] {
                rules[index].suppressor = place
            } else if !written.contains(name.value) {
                let names = entries.map(\.rule.id)
                context.error(
                    name.position,
                    "suppressed_by: no alarm \(FileContext.quoted(name.value)), expected one of "
                        + FileContext.list(names) + context.hint(name.value, among: names))
            }
        }
        for (index, entry) in entries.enumerated() {
            guard let name = entry.suppressedBy, isCircle(from: index, rules) else { continue }
            context.error(
                name.position,
                "suppressed_by: \(rules[index].id) would suppress itself, expected an alarm that does not depend on it")
        }
        return rules
    }

    private func isCircle(from start: Int, _ rules: [AlarmRule]) -> Bool {
        var at = rules[start].suppressor
        for _ in rules {
            guard let place = at else { return false }
            if place == start { return true }
            at = rules[place].suppressor
        }
        return false
    }
}
