package import GatewayModel

/// The compressed inside of a batch (README.md, "Body").
package enum BatchBody {
    enum Method: UInt8 {
        case plain = 0
        case deflated = 1
    }

    /// Section tags. A decoder skips tags that it does not know, but
    /// refuses those from 128 up.
    enum Tag: UInt8 {
        case readings = 1
        case gaps = 2
        case alarms = 3
        case aggregates = 4
        case replaces = 5
    }

    /// Encodes; the same content always gives the same bytes.
    ///
    /// Readings without a point index of the dictionary's range or beyond `maximumReadings` must not be passed: they
    /// would make a body that `decode` refuses.
    /// - Parameter base: what times are counted from, the batch's `first`.
    package static func encode(_ content: BatchContent, base: BootTime) -> [UInt8] {
        encode(
            PackedReadings(content.readings), gaps: content.gaps, alarms: content.alarms,
            aggregates: content.aggregates, replaces: content.replaces, base: base)
    }

    static func encode(
        _ readings: PackedReadings, gaps: [Gap], alarms: [AlarmEvent], aggregates: AggregateBlock?,
        replaces: [ClosedRange<UInt64>], base: BootTime
    ) -> [UInt8] {
        var sections = PlaneWriter()
        if !readings.isEmpty {
            sections.append(Tag.readings.rawValue)
            ReadingsEncoder(readings, base: base.milliseconds).write(to: &sections)
        }
        if !gaps.isEmpty {
            var section = [UInt8]()
            GapSection.write(gaps, base: base.milliseconds, to: &section)
            sections.append(section: .gaps, section)
        }
        if !alarms.isEmpty {
            var section = [UInt8]()
            AlarmSection.write(alarms, base: base.milliseconds, to: &section)
            sections.append(section: .alarms, section)
        }
        if let block = aggregates, !block.items.isEmpty {
            sections.append(Tag.aggregates.rawValue)
            AggregateSection.write(block, base: base.milliseconds, to: &sections)
        }
        if !replaces.isEmpty {
            var section = [UInt8]()
            section.append(varint: replaces.count)
            for range in replaces {
                section.append(varint: range.lowerBound)
                section.append(varint: range.upperBound - range.lowerBound)
            }
            sections.append(section: .replaces, section)
        }
        return framed(sections)
    }

    private static func framed(_ sections: PlaneWriter) -> [UInt8] {
        if let packed = Deflate.compress(sections.bytes, cuts: sections.cuts) {
            var body = [Method.deflated.rawValue]
            body.append(varint: sections.bytes.count)
            body += packed
            if body.count <= sections.bytes.count { return body }
        }
        return [Method.plain.rawValue] + sections.bytes
    }

    /// Reads foreign bytes; never traps, never takes more than some 16 MiB.
    package static func decode(_ body: [UInt8], base: BootTime) throws(BatchFormatError) -> BatchContent {
        var sections = ByteReader(try expanded(body))
        var content = BatchContent()
        var seen = Set<UInt8>()
        while !sections.isAtEnd {
            let tag = try sections.byte()
            guard seen.insert(tag).inserted else { throw BatchFormatError("section \(tag) twice") }
            var section = try sections.slice(try sections.count(limit: BatchContent.maximumBody))
            switch Tag(rawValue: tag) {
            case .readings:
                content.readings = try ReadingsDecoder.read(&section, base: base.milliseconds)
            case .gaps: content.gaps = try GapSection.read(&section, base: base.milliseconds)
            case .alarms: content.alarms = try AlarmSection.read(&section, base: base.milliseconds)
            case .aggregates:
                content.aggregates = try AggregateReader.read(&section, base: base.milliseconds)
            case .replaces: content.replaces = try replaced(&section)
            case nil:
                guard tag < 128 else { throw BatchFormatError("section \(tag) is not known to this version") }
                continue
            }
            guard section.isAtEnd else { throw BatchFormatError("section \(tag) is longer than its content") }
        }
        return content
    }

    static func expanded(_ body: [UInt8]) throws(BatchFormatError) -> [UInt8] {
        var reader = ByteReader(body)
        guard let method = Method(rawValue: try reader.byte()) else {
            throw BatchFormatError("a compression that is not known to this version")
        }
        switch method {
        case .plain:
            guard reader.left <= BatchContent.maximumBody else { throw BatchFormatError("body too long") }
            return Array(try reader.take(reader.left))
        case .deflated:
            let size = try reader.count(limit: BatchContent.maximumBody)
            return try Deflate.expand(try reader.take(reader.left), size: size)
        }
    }

    private static func replaced(_ section: inout ByteReader) throws(BatchFormatError) -> [ClosedRange<UInt64>] {
        var ranges = [ClosedRange<UInt64>]()
        for _ in 0..<(try section.count(limit: BatchContent.maximumReplaced)) {
            let first = try section.varint()
            let (last, overflow) = first.addingReportingOverflow(try section.varint())
            guard !overflow else { throw BatchFormatError("a range of sequences that does not end") }
            ranges.append(first...last)
        }
        return ranges
    }
}

extension PlaneWriter {
    mutating func append(section tag: BatchBody.Tag, _ content: [UInt8]) {
        append(tag.rawValue)
        append(varint: content.count)
        append(content)
    }
}
