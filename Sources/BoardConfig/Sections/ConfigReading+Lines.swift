internal import GatewayModel

/// The wires of the config, whose points are those of device `io`.
struct LineList {
    var inputs: [InputConfiguration] = []
    var outputs: [OutputConfiguration] = []
    /// Ids and points, sound ones and others, in the order of the file.
    fileprivate var ids: [String] = []
    fileprivate var points: [PointDefinition] = []
    fileprivate var owners: [LineAddress: String] = [:]
}

extension ConfigReading {
    /// `inputs` and `outputs`.
    func readLines(_ root: MappingReader, _ board: BoardParts, _ equipment: inout EquipmentList) -> LineList {
        var list = LineList()
        let first = equipment.points.count
        for item in items(root, "inputs") {
            guard let reader = MappingReader(item, "inputs", .input, context) else { continue }
            readInput(reader, board, first, &list)
        }
        for item in items(root, "outputs") {
            guard let reader = MappingReader(item, "outputs", .output, context) else { continue }
            readOutput(reader, board, first, &list)
        }
        if !list.ids.isEmpty { equipment.known.append(("io", list.ids)) }
        _ = equipment.add(list.points)
        return list
    }

    private func items(_ root: MappingReader, _ key: String) -> [YAMLNode] {
        let items = root.list(key, of: key) ?? []
        if items.count > Bounds.inputsOrOutputs {
            context.error(
                root.place(key), "\(key): \(items.count) of them, expected at most \(Bounds.inputsOrOutputs)")
        }
        return items
    }

    private func readInput(_ reader: MappingReader, _ board: BoardParts, _ first: Int, _ list: inout LineList) {
        let (id, line) = readBasics(reader, board, &list)
        let debounce = reader.duration("debounce", in: Bounds.debounce)
        let isCounter = reader.choice("kind", ["state", "counter"])?.value == "counter"
        let scale = PointDraft.readScale(reader)
        let unit = reader.text("unit", atMost: 32)
        let labels = readLabels(reader)
        let period = reader.duration("period", in: Bounds.period)
        for key in isCounter ? ["values"] : ["scale", "unit"] where reader.has(key) {
            let kind = isCounter ? "state" : "counter"
            context.error(reader.place(key), "\(key): expected only with kind: \(kind)")
        }
        guard let id, let line else { return }
        list.inputs.append(
            InputConfiguration(
                id: id, line: line, debounce: debounce?.value ?? Defaults.debounce, isCounter: isCounter,
                point: first + list.points.count))
        list.points.append(
            PointDefinition(
                index: 0, device: "io", id: id, unit: unit?.value ?? "", source: .board(isCounter ? .counter : .input),
                scaling: .linear(scale: scale?.value ?? Defaults.scale, offset: Defaults.offset),
                labels: isCounter ? [:] : labels ?? Defaults.inputLabels, kind: isCounter ? .counter : .state,
                period: .every(period?.value ?? Defaults.period)))
    }

    private func readOutput(_ reader: MappingReader, _ board: BoardParts, _ first: Int, _ list: inout LineList) {
        let (id, line) = readBasics(reader, board, &list)
        let safe = reader.choice("safe", ["off", "on"])?.value == "on"
        let write = reader.choice("write", ["operate"])
        let maxOn = reader.duration("max_on", in: Bounds.maxOn)
        let labels = readLabels(reader)
        let period = reader.duration("period", in: Bounds.period)
        if safe, let maxOn {
            context.error(maxOn.position, "max_on: this output is on while nothing is set, expected it with safe: off")
        }
        if let line, line.address == board.description.powerFail?.address {
            context.error(
                reader.place("line"), "line: \(line.address.text) is the board's power_fail line, expected another")
        }
        guard let id, let line else { return }
        list.outputs.append(
            OutputConfiguration(
                id: id, line: line, safe: safe, isOperable: write != nil, maxOn: maxOn?.value,
                point: first + list.points.count))
        list.points.append(
            PointDefinition(
                index: 0, device: "io", id: id, source: .board(.output), labels: labels ?? Defaults.outputLabels,
                kind: .state, period: .every(period?.value ?? Defaults.period)))
    }

    /// `id` and `line`, each its own.
    private func readBasics(
        _ reader: MappingReader, _ board: BoardParts, _ list: inout LineList
    ) -> (id: String?, line: LineDescription?) {
        reader.require("id", "a name of your own")
        reader.require("line", "a line of the board, or {chip: LABEL, line: N}")
        var id = reader.identifier("id")
        if let taken = id, list.ids.contains(taken.value) {
            context.error(
                taken.position,
                "id: a second input or output \(FileContext.quoted(taken.value)), expected an id of its own")
            id = nil
        }
        if let id { list.ids.append(id.value) }
        let line = LineReading.resolve(reader, board)
        if let line {
            if let owner = list.owners[line.value.address] {
                context.error(
                    line.position,
                    "line: \(line.value.address.text) is already \(owner), expected a line of its own")
            } else {
                list.owners[line.value.address] = id?.value ?? "another's"
            }
        }
        return (id?.value, line?.value)
    }

    /// `{0: dry, 1: wet}`: names of both states.
    private func readLabels(_ reader: MappingReader) -> [Int64: String]? {
        guard let labels = PointDraft.readLabels(reader) else { return nil }
        guard Set(labels.value.keys) == [0, 1] else {
            context.error(labels.position, "values: expected names of 0 and 1, such as {0: dry, 1: wet}")
            return nil
        }
        return labels.value
    }

    /// `vitals`: points of device `gateway`.
    func readVitals(_ root: MappingReader, _ equipment: inout EquipmentList) {
        guard let reader = root.mapping("vitals", .vitals) else { return }
        let period = reader.duration("period", in: Bounds.period)?.value ?? Defaults.vitalsPeriod
        let names = BoardVital.allCases.map(\.rawValue)
        var wanted = BoardVital.allCases
        if let items = reader.list("points", of: "vitals") {
            let chosen = Set(items.compactMap { context.choice($0, "points", names) })
            wanted = wanted.filter { chosen.contains($0.rawValue) }
        }
        equipment.known.append(("gateway", wanted.map(\.rawValue)))
        _ = equipment.add(
            wanted.map { vital in
                let isLink = BoardSource.vital(vital).type == .bool
                return PointDefinition(
                    index: 0, device: "gateway", id: vital.rawValue, unit: vital.unit, source: .board(.vital(vital)),
                    scaling: .linear(scale: vital.scale, offset: .zero),
                    labels: isLink ? [0: "down", 1: "up"] : [:], kind: isLink ? .state : .gauge,
                    period: .every(period), priority: .slow)
            })
    }
}
