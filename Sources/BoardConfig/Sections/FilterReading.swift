internal import GatewayModel

/// The key `points` of a receiver: which of the gateway's points it is sent.
struct FilterReading {
    let context: FileContext
    let equipment: EquipmentList

    /// nil, reported, when a pattern is wrong.
    func read(_ reader: MappingReader) -> PointFilter? {
        guard reader.has("points") else { return .all }
        guard let items = reader.list("points", of: "patterns such as heat-meter.* or tank.level") else { return nil }
        if items.isEmpty {
            context.error(
                reader.place("points"), "points: an empty list, expected at least one pattern, or no key points at all")
            return nil
        }
        let patterns = items.compactMap(pattern)
        return patterns.count == items.count ? .patterns(patterns) : nil
    }

    private func pattern(_ node: YAMLNode) -> PointFilter.Pattern? {
        guard let text = context.text(node, "points") else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), parts[0] != "*" else {
            context.error(
                node.position,
                "points: \(FileContext.quoted(text)) is no pattern, expected DEVICE.POINT or DEVICE.*"
                    + (text == "*" ? "; leave points out for all" : ""))
            return nil
        }
        guard let points = equipment.points(of: parts[0]) else {
            let names = equipment.known.map(\.id)
            let near = context.nearest(parts[0], among: names).map { " (did you mean \"\($0).\(parts[1])\"?)" } ?? ""
            context.error(
                node.position,
                "points: no device \(FileContext.quoted(parts[0])), expected one of \(FileContext.list(names))\(near)")
            return nil
        }
        if parts[1] == "*" { return .init(device: parts[0], point: nil) }
        // The device's points could not be read: that has been said.
        guard let points else { return nil }
        guard points.contains(parts[1]) else {
            let near = context.nearest(parts[1], among: points).map { " (did you mean \"\(parts[0]).\($0)\"?)" } ?? ""
            context.error(
                node.position,
                "points: device \(parts[0]) has no point \(FileContext.quoted(parts[1])), "
                    + "expected one of \(FileContext.list(points))\(near)")
            return nil
        }
        return .init(device: parts[0], point: parts[1])
    }
}
