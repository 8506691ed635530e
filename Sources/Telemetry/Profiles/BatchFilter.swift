package import GatewayModel

/// A receiver's points, resolved against one dictionary.
package struct BatchFilter: Sendable {
    /// nil: all of them.
    private let admitted: [Bool]?
    /// Those of which the receiver sees a point; nil: all.
    private let devices: Set<String>?
    private let count: Int

    package init(dictionary: PointDictionary, filter: PointFilter) {
        count = dictionary.points.count
        admitted =
            filter == .all ? nil : dictionary.points.map { filter.admits(device: $0.device, point: $0.point) }
        devices = admitted.map { admitted in
            Set(zip(dictionary.points, admitted).lazy.filter(\.1).map(\.0.device))
        }
    }

    /// An event belongs to its point, `comm:DEVICE` to all points of the device; one of neither concerns everybody.
    private func admits(_ event: AlarmEvent) -> Bool {
        if let point = event.point { return admits(point) }
        guard let devices, event.id.hasPrefix(AlarmRule.silencePrefix) else { return true }
        return devices.contains(String(event.id.dropFirst(AlarmRule.silencePrefix.count)))
    }

    /// False for a point that the dictionary does not have.
    package func admits(_ index: PointIndex) -> Bool {
        (0..<count).contains(index) && admitted?[index] ?? true
    }

    /// What is left of a batch's content. Gaps of everything concern every receiver.
    ///
    /// - Throws: the dictionary does not know a point.
    package func filtered(_ content: BatchContent) throws(BatchFormatError) -> BatchContent {
        let unknown = BatchFormatError("a point that its dictionary does not know")
        guard content.readings.allSatisfy({ $0.point < count }) else { throw unknown }
        for case .point(let index) in content.gaps.map(\.scope) where index >= count { throw unknown }
        guard content.alarms.allSatisfy({ $0.point ?? -1 < count }) else { throw unknown }
        guard content.aggregates?.items.allSatisfy({ $0.point < count }) ?? true else { throw unknown }
        guard admitted != nil else { return content }
        var left = content
        left.readings.removeAll { !admits($0.point) }
        left.alarms.removeAll { !admits($0) }
        left.gaps.removeAll { if case .point(let index) = $0.scope { !admits(index) } else { false } }
        left.aggregates?.items.removeAll { !admits($0.point) }
        if left.aggregates?.items.isEmpty ?? false { left.aggregates = nil }
        return left
    }

    /// A stored batch with only the admitted points, under the same key; nil when nothing is left to send.
    ///
    /// Without a filter these are the stored bytes themselves. The same bytes go in, the same come out.
    /// - Throws: not a batch, or not of this dictionary.
    package func filtered(_ bytes: [UInt8]) throws(BatchFormatError) -> [UInt8]? {
        guard admitted != nil else { return bytes }
        var envelope = try BatchEnvelope.decode(bytes)
        let content = try filtered(try envelope.content())
        guard !content.isEmpty else { return nil }
        let old = envelope.batch
        envelope.batch =
            content.aggregates == nil && !old.replaces
            ? SealedBatch(
                content, at: old.first, boot: old.boot, anchor: old.anchor, dictionary: old.dictionary,
                urgent: old.urgent)
            : SealedBatch(
                content, times: old.first...max(old.first, old.last), boot: old.boot, anchor: old.anchor,
                dictionary: old.dictionary, urgent: old.urgent)
        return envelope.encoded()
    }
}
