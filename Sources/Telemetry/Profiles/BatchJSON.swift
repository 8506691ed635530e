package import GatewayModel

/// Profile `json`: one batch as a JSON object with fixed key order and no white space (README.md, "JSON").
package enum BatchJSON {
    /// Writes the points that `filter` admits; nil when nothing is left to send.
    ///
    /// The same batch, dictionary and filter always give the same bytes.
    /// - Throws: the dictionary does not know a point of the batch.
    package static func render(
        _ envelope: BatchEnvelope, _ content: BatchContent, dictionary: PointDictionary, filter: PointFilter = .all
    ) throws(BatchFormatError) -> [UInt8]? {
        let admitted = BatchFilter(dictionary: dictionary, filter: filter)
        let content = try admitted.filtered(content)
        guard !content.isEmpty else { return nil }
        var writer = BatchJSONWriter(envelope: envelope, dictionary: dictionary)
        return writer.write(content)
    }
}

private struct BatchJSONWriter {
    private let envelope: BatchEnvelope
    private let dictionary: PointDictionary
    private let trusted: Bool
    private var json = JSONWriter()
    /// `{"device":"d","point":"p"` by point index, made when first needed.
    private var heads: [[UInt8]?]

    init(envelope: BatchEnvelope, dictionary: PointDictionary) {
        self.envelope = envelope
        self.dictionary = dictionary
        trusted = envelope.hasTrustedClock
        heads = Array(repeating: nil, count: dictionary.points.count)
    }

    mutating func write(_ content: BatchContent) -> [UInt8] {
        json.beginObject()
        json.field("gateway", dictionary.gateway)
        json.field("epoch", envelope.key.epoch.text)
        json.field("sequence", envelope.key.sequence)
        json.field("dictionary", envelope.batch.dictionary.hexadecimal)
        json.field("clock", trusted ? "trusted" : "untrusted")
        if !trusted { json.field("boot", envelope.batch.boot.hexadecimal) }
        json.key("readings")
        json.beginArray()
        for reading in content.readings.inTimeOrder() { write(reading) }
        json.endArray()
        json.key("gaps")
        json.beginArray()
        for gap in content.gaps { write(gap) }
        json.endArray()
        json.key("alarms")
        json.beginArray()
        for event in content.alarms {
            json.beginObject()
            event.write(to: &json, envelope)
            json.endObject()
        }
        json.endArray()
        // Kept for later versions: always there, so that readers need not ask.
        json.key("aggregates")
        json.beginArray()
        if let block = content.aggregates {
            for item in block.items.inTimeOrder() { write(item, width: block.width) }
        }
        json.endArray()
        if !content.replaces.isEmpty {
            json.key("replaces")
            json.array { json in
                for range in content.replaces {
                    json.array {
                        $0.integer(range.lowerBound); $0.integer(range.upperBound)
                    }
                }
            }
        }
        json.endObject()
        return json.bytes
    }

    private mutating func write(_ reading: Reading) {
        let point = dictionary.points[reading.point]
        json.raw(utf8: head(reading.point, point))
        if trusted, let time = envelope.wallMilliseconds(reading.time) {
            json.field("time", time)
        } else {
            json.field("boottime", reading.time.milliseconds)
        }
        let value = JSONSample(reading, of: point)
        json.key("value")
        value.write(to: &json)
        json.field("quality", value.quality.name)
        json.endObject()
    }

    private mutating func write(_ item: Aggregate, width: Int64) {
        let point = dictionary.points[item.point]
        json.raw(utf8: head(item.point, point))
        let offset = trusted ? envelope.batch.anchor?.offsetMilliseconds : nil
        let from = item.from.milliseconds + (offset ?? 0)
        json.field(offset == nil ? "from_boottime" : "from", from)
        json.field(offset == nil ? "to_boottime" : "to", from + width)
        let values = JSONAggregate(item.statistics, of: point)
        json.key("min")
        values.low.write(to: &json)
        json.key("mean")
        values.mean.write(to: &json)
        json.key("max")
        values.high.write(to: &json)
        json.field("count", item.statistics.count)
        json.endObject()
    }

    private mutating func head(_ index: PointIndex, _ point: DescribedPoint) -> [UInt8] {
        if let head = heads[index] { return head }
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("device", point.device)
        writer.field("point", point.point)
        heads[index] = writer.bytes
        return writer.bytes
    }

    private mutating func write(_ gap: Gap) {
        json.beginObject()
        switch gap.scope {
        case .everything:
            json.field("device", "*")
            json.field("point", "*")
        case .point(let index):
            json.field("device", dictionary.points[index].device)
            json.field("point", dictionary.points[index].point)
        }
        write(gap.from, "from", "from_boottime")
        if let to = gap.to {
            write(to, "to", "to_boottime")
        } else {
            json.key("to")
            json.null()
        }
        json.field("reason", gap.reason.name)
        json.endObject()
    }

    private mutating func write(_ edge: GapEdge, _ wallKey: String, _ bootKey: String) {
        switch edge {
        case .boot(let time):
            if trusted, let wall = envelope.wallMilliseconds(time) {
                json.field(wallKey, wall)
            } else {
                json.field(bootKey, time.milliseconds)
            }
        case .wall(let time): json.field(wallKey, time.flooredMilliseconds)
        case .unknown:
            json.key(wallKey)
            json.null()
        }
    }
}

extension [Aggregate] {
    /// By beginning, then point, then as they are.
    fileprivate func inTimeOrder() -> [Aggregate] {
        indices.sorted { (self[$0].from, self[$0].point, $0) < (self[$1].from, self[$1].point, $1) }.map { self[$0] }
    }
}

extension [Reading] {
    /// By time, then point, then as they are.
    fileprivate func inTimeOrder() -> [Reading] {
        indices.sorted { (self[$0].time, self[$0].point, $0) < (self[$1].time, self[$1].point, $1) }.map { self[$0] }
    }
}
