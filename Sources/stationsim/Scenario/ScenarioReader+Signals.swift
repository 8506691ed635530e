extension ScenarioReader {
    mutating func readSignals(_ nodes: [ScenarioNode]) throws(ScenarioError) {
        for (index, node) in nodes.enumerated() {
            var object = try node.object()
            let id = try object.need("id")
            let text = try id.text()
            guard signalIndex[text] == nil else { throw id.failure("a second signal '\(text)'") }
            name(index, text)
        }
        for node in nodes {
            var object = try node.object()
            let id = try object.need("id").text()
            _ = add(try signal(&object, id: id))
        }
    }

    /// A signal's name, a number, or a signal written on the spot; `@` stands for the device.
    mutating func signalReference(_ node: ScenarioNode, device: String, point: String) throws(ScenarioError) -> Int {
        switch node.tree {
        case .string(let text): return try index(of: text.replacing("@", with: device), node)
        case .number(let value):
            return add(SignalDefinition(id: "\(device).\(point)", shape: .constant(value), noise: 0))
        default:
            var object = try node.object()
            return add(try signal(&object, id: "\(device).\(point)"))
        }
    }

    private func index(of name: String, _ node: ScenarioNode) throws(ScenarioError) -> Int {
        guard let index = signalIndex[name] else { throw node.failure("no signal '\(name)'") }
        return index
    }

    func reference(_ node: ScenarioNode) throws(ScenarioError) -> Int { try index(of: node.text(), node) }

    private func signal(_ object: inout ScenarioObject, id: String) throws(ScenarioError) -> SignalDefinition {
        let noise = try object.take("noise")?.number() ?? 0
        let minimum = try object.take("min")?.number()
        let maximum = try object.take("max")?.number()
        var found: [SignalShape] = []
        if let node = object.take("constant") { found.append(.constant(try node.number())) }
        if let node = object.take("sine") { found.append(try sine(node.object())) }
        if let node = object.take("walk") { found.append(try walk(node.object())) }
        if let node = object.take("lag") { found.append(try lag(node.object())) }
        if let node = object.take("integral") { found.append(try integral(node.object(), counter: false)) }
        if let node = object.take("counter") { found.append(try integral(node.object(), counter: true)) }
        if let node = object.take("cycle") { found.append(try cycle(node.object())) }
        if let node = object.take("sum") { found.append(try sum(node.object())) }
        if let node = object.take("product") { found.append(try product(node.object())) }
        if let node = object.take("hysteresis") { found.append(try hysteresis(node.object())) }
        try object.finish()
        guard let shape = found.first, found.count == 1 else {
            throw object.failure(
                "needs exactly one of constant, sine, walk, lag, integral, counter, cycle, sum, product, hysteresis")
        }
        return SignalDefinition(id: id, shape: shape, noise: noise, minimum: minimum, maximum: maximum)
    }

    private func sine(_ object: ScenarioObject) throws(ScenarioError) -> SignalShape {
        var object = object
        let shape = SignalShape.sine(
            mean: try object.need("mean").number(), amplitude: try object.need("amplitude").number(),
            period: try span(object.need("period")), phase: try object.take("phase")?.number() ?? 0)
        try object.finish()
        return shape
    }

    private func walk(_ object: ScenarioObject) throws(ScenarioError) -> SignalShape {
        var object = object
        let (low, high) = (try object.need("low").number(), try object.need("high").number())
        guard low <= high else { throw object.failure("'low' is above 'high'") }
        let shape = SignalShape.walk(
            start: try object.take("start")?.number() ?? (low + high) / 2, step: try object.need("step").number(),
            every: try object.take("every").map { node throws(ScenarioError) in try span(node) } ?? 1,
            probability: try object.take("probability")?.number() ?? 1, low: low, high: high)
        try object.finish()
        return shape
    }

    private func lag(_ object: ScenarioObject) throws(ScenarioError) -> SignalShape {
        var object = object
        let shape = SignalShape.lag(
            of: try reference(object.need("of")), tau: try span(object.need("tau")),
            start: try object.take("start")?.number())
        try object.finish()
        return shape
    }

    private func integral(_ object: ScenarioObject, counter: Bool) throws(ScenarioError) -> SignalShape {
        var object = object
        let shape = SignalShape.integral(
            of: try reference(object.need("of")), per: try span(object.need("per")),
            start: try object.take("start")?.number() ?? 0, counter: counter)
        try object.finish()
        return shape
    }

    private func cycle(_ object: ScenarioObject) throws(ScenarioError) -> SignalShape {
        var object = object
        let shape = SignalShape.cycle(
            on: try span(object.need("on")), off: try span(object.need("off")),
            high: try object.take("high")?.number() ?? 1, low: try object.take("low")?.number() ?? 0,
            phase: try object.take("phase")?.number() ?? 0)
        try object.finish()
        return shape
    }

    private func sum(_ object: ScenarioObject) throws(ScenarioError) -> SignalShape {
        var object = object
        var terms: [(signal: Int, factor: Double)] = []
        for node in try object.need("of").list() {
            let pair = try node.list()
            guard pair.count == 2 else { throw node.failure("expected [signal, factor]") }
            terms.append((try reference(pair[0]), try pair[1].number()))
        }
        let shape = SignalShape.sum(terms: terms, offset: try object.take("offset")?.number() ?? 0)
        try object.finish()
        return shape
    }

    private func product(_ object: ScenarioObject) throws(ScenarioError) -> SignalShape {
        var object = object
        let sources = try object.need("of").list().map { node throws(ScenarioError) in try reference(node) }
        let shape = SignalShape.product(of: sources, gain: try object.take("gain")?.number() ?? 1)
        try object.finish()
        return shape
    }

    private func hysteresis(_ object: ScenarioObject) throws(ScenarioError) -> SignalShape {
        var object = object
        let shape = SignalShape.hysteresis(
            of: try reference(object.need("of")), low: try object.need("low").number(),
            high: try object.need("high").number(), start: try object.take("start")?.number() ?? 0)
        try object.finish()
        return shape
    }

    private func span(_ node: ScenarioNode) throws(ScenarioError) -> Double {
        let span = try node.duration()
        guard span > 0 else { throw node.failure("must be longer than 0") }
        return span.seconds
    }
}
