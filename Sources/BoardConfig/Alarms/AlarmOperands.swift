internal import GatewayModel

/// What names and literals of an alarm expression mean.
struct AlarmOperands {
    struct Operand {
        var point: PointIndex
        var isQuality: Bool
    }

    struct Problem: Error {
        /// Empty: it has been said elsewhere.
        var message: String
    }

    let context: FileContext
    let equipment: EquipmentList

    func operand(_ word: String, isQuality: Bool) -> Result<Operand, Problem> {
        let parts = word.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        // An input by itself is a point of device `io`.
        let (device, id) = parts.count == 2 ? (parts[0], parts[1]) : ("io", word)
        guard let known = equipment.points(of: device) else { return .failure(unknown(word, parts)) }
        // The device's points could not be read: that has been said.
        guard let known else { return .failure(Problem(message: "")) }
        guard known.contains(id) else {
            if parts.count == 1 { return .failure(unknown(word, parts)) }
            let hint = context.nearest(id, among: known).map { " (did you mean \"\(device).\($0)\"?)" } ?? ""
            return .failure(
                Problem(
                    message: "device \(device) has no point \(FileContext.quoted(id)), expected one of "
                        + FileContext.list(known) + hint))
        }
        guard let point = equipment.points.firstIndex(where: { $0.device == device && $0.id == id }) else {
            return .failure(Problem(message: ""))
        }
        if !isQuality, equipment.points[point].valueType == .string {
            return .failure(Problem(message: "\(word) is text, expected a number, a state or quality(\(word))"))
        }
        return .success(Operand(point: point, isQuality: isQuality))
    }

    private func unknown(_ word: String, _ parts: [String]) -> Problem {
        let inputs = (equipment.points(of: "io") ?? nil) ?? []
        let devices = equipment.known.map(\.id).filter { $0 != "io" }
        if parts.count == 2 {
            let hint = context.nearest(parts[0], among: devices).map { " (did you mean \"\($0).\(parts[1])\"?)" } ?? ""
            return Problem(
                message:
                    "no device \(FileContext.quoted(parts[0])), expected one of \(FileContext.list(devices))\(hint)")
        }
        let expected = inputs.isEmpty ? "DEVICE.POINT" : "DEVICE.POINT or an input, one of \(FileContext.list(inputs))"
        let device = devices.contains(word) ? ", such as \(word).\(equipment.points(of: word)??.first ?? "POINT")" : ""
        return Problem(
            message: "\(FileContext.quoted(word)) is no operand, expected \(expected)\(device)"
                + context.hint(word, among: inputs))
    }

    /// The number that a literal stands for.
    func literal(
        _ token: ExpressionToken, for operand: Operand, _ test: AlarmCondition.Test
    ) -> Result<DecimalNumber, Problem> {
        let word: String
        switch token.kind {
        case .word(let text), .text(let text): word = text
        default:
            return .failure(Problem(message: "\(token.shown) after \(test.rawValue), expected a number or a state"))
        }
        if !operand.isQuality, case .word = token.kind {
            if let integer = ScalarText.integer(word) { return .success(DecimalNumber(integer)) }
            if let number = DecimalNumber(word) { return .success(number) }
        }
        let states = operand.isQuality ? Self.qualities : states(of: equipment.points[operand.point])
        guard let state = states.first(where: { $0.name == word }) else {
            let what = operand.isQuality ? "a quality" : states.isEmpty ? "a number" : "a number or a state"
            let names = states.map(\.name)
            let list = names.isEmpty ? "" : ", one of \(FileContext.list(names))"
            return .failure(
                Problem(
                    message: "\(token.shown) is no value here, expected \(what)\(list)"
                        + context.hint(word, among: names)))
        }
        guard test == .equal || test == .unequal else {
            return .failure(Problem(message: "\(token.shown) is a state, expected it after == or !="))
        }
        return .success(state.value)
    }

    private static let qualities: [(name: String, value: DecimalNumber)] =
        Quality.allCases.map { ($0.name, DecimalNumber(Int64($0.rawValue))) }

    /// The point's own labels; of a truth value the usual words too.
    private func states(of point: PointDefinition) -> [(name: String, value: DecimalNumber)] {
        guard case .linear(let scale, let offset) = point.scaling else { return [] }
        var states = point.labels.sorted { $0.key < $1.key }.compactMap { raw, name in
            DecimalNumber(raw).multiplied(by: scale)?.adding(offset).map { (name: name, value: $0) }
        }
        if point.valueType == .bool || point.valueType == .bit {
            for (raw, names) in [(Int64(1), ["active", "true", "on"]), (0, ["inactive", "false", "off"])] {
                for name in names where !states.contains(where: { $0.name == name }) {
                    states.append((name, DecimalNumber(raw)))
                }
            }
        }
        return states
    }
}
