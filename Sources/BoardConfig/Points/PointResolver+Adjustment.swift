internal import GatewayModel

/// Unit and decimal point of a value that lie in registers beside it.
extension PointResolver {
    /// The template's points that say something of this one.
    struct Helpers {
        var unit: PointDefinition?
        var exponent: PointDefinition?
        var decimals: PointDefinition?

        var isEmpty: Bool { unit == nil && exponent == nil && decimals == nil }
    }

    /// The point's source with what other registers say of it; as it was when they say nothing, or, reported, cannot be
    /// used.
    func adjusted(_ definition: PointDefinition, by helpers: Helpers) -> PointSource {
        guard let source = definition.source.register, let adjustment = adjustment(helpers, for: definition) else {
            return definition.source
        }
        return .adjusted(source, adjustment)
    }

    private func adjustment(_ helpers: Helpers, for definition: PointDefinition) -> RegisterAdjustment? {
        guard !helpers.isEmpty else { return nil }
        guard let source = definition.source.register, source.type.isAdjustable else {
            fault(nil, "\(name) has type \(definition.source.type.rawValue), expected a number beside unit_from")
            return nil
        }
        guard case .linear(let step, .zero) = definition.scaling else {
            fault(
                draft.map?.position ?? draft.offset?.position,
                "\(name) has a map or an offset, expected only scale: its unit or exponent is in a register")
            return nil
        }
        var adjustment = RegisterAdjustment(step: step)
        adjustment.exponent = register(helpers.exponent, "exponent_from")
        adjustment.decimals = register(helpers.decimals, "decimals_from")
        adjustment.unit = register(helpers.unit, "unit_from")
        if let unit = helpers.unit {
            guard let factors = factors(unit, definition) else { return nil }
            adjustment.factors = factors
        }
        return isReadAtOnce(source, adjustment) ? adjustment : nil
    }

    private func register(_ helper: PointDefinition?, _ key: String) -> RegisterSource? {
        guard let helper else { return nil }
        guard let source = helper.source.register, RawRange(source.type) != nil else {
            fault(nil, "\(key): \(helper.id) is no whole number in a register, expected one")
            return nil
        }
        return source
    }

    /// The units are the names of the helper's values: `{0: m3, 2: L}`.
    private func factors(_ unit: PointDefinition, _ definition: PointDefinition) -> [Int64: DecimalNumber]? {
        guard let target = MeterUnit(definition.unit) else {
            fault(
                draft.unit?.position,
                "unit: \(name) has its unit in \(unit.id), expected unit: what it is turned into, one of "
                    + FileContext.list(MeterUnit.all.map(\.symbol)))
            return nil
        }
        let factors = unit.labels.compactMapValues { MeterUnit($0)?.factor(to: target) }
        guard !factors.isEmpty else {
            fault(
                draft.unit?.position,
                "unit_from: no value of \(unit.id) names a unit that can be turned into \(target.symbol), expected "
                    + "values: {code: unit} there")
            return nil
        }
        return factors
    }

    /// The value and what is said of it come with one request, so that they belong together.
    private func isReadAtOnce(_ source: RegisterSource, _ adjustment: RegisterAdjustment) -> Bool {
        let all = [source] + adjustment.registers
        let begin = all.map { Int($0.address) }.min() ?? 0
        let end = all.map { Int($0.address) + $0.count }.max() ?? 0
        guard all.allSatisfy({ $0.table == source.table }), end - begin <= maxRegisters else {
            fault(
                nil,
                "\(name) and the registers of its unit or exponent span \(end - begin) registers, expected one table and "
                    + "at most max_registers, \(maxRegisters), so that one request reads both; give unit and scale instead"
            )
            return false
        }
        return true
    }
}

extension RegisterType {
    fileprivate var isAdjustable: Bool { self != .bool && self != .bit && self != .string }
}
