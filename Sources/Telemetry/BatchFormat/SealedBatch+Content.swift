package import GatewayModel

extension SealedBatch {
    /// Encodes the content. `first` and `last` are those of the readings; `at` when there are none.
    ///
    /// Aggregates only know their spans; the other initializer says when their readings were.
    package init(
        _ content: BatchContent, at time: BootTime, boot: BootID, anchor: WallAnchor?, dictionary: DictionaryID,
        urgent: Bool = false
    ) {
        self.init(
            PackedReadings(content.readings), gaps: content.gaps, alarms: content.alarms,
            aggregates: content.aggregates, replaces: content.replaces, at: time, boot: boot, anchor: anchor,
            dictionary: dictionary, urgent: urgent)
    }

    /// The same of readings that are packed already.
    init(
        _ readings: PackedReadings, gaps: [Gap], alarms: [AlarmEvent] = [], aggregates: AggregateBlock? = nil,
        replaces: [ClosedRange<UInt64>] = [], at time: BootTime, boot: BootID, anchor: WallAnchor?,
        dictionary: DictionaryID, urgent: Bool = false
    ) {
        let span = readings.span ?? time...time
        let first = BootTime(milliseconds: span.lowerBound.milliseconds)
        self.init(
            boot: boot, anchor: anchor, dictionary: dictionary, readings: readings.count, first: first,
            last: BootTime(milliseconds: span.upperBound.milliseconds), urgent: urgent,
            body: BatchBody.encode(
                readings, gaps: gaps, alarms: alarms, aggregates: aggregates, replaces: replaces, base: first))
    }

    /// Encodes the content of a batch that takes the place of others.
    ///
    /// - Parameter times: of the earliest and the latest reading, those that were thinned included.
    package init(
        _ content: BatchContent, times: ClosedRange<BootTime>, boot: BootID, anchor: WallAnchor?,
        dictionary: DictionaryID, urgent: Bool = false
    ) {
        let first = BootTime(milliseconds: times.lowerBound.milliseconds)
        self.init(
            boot: boot, anchor: anchor, dictionary: dictionary, readings: content.readings.count, first: first,
            last: BootTime(milliseconds: times.upperBound.milliseconds), urgent: urgent,
            replaces: !content.replaces.isEmpty, body: BatchBody.encode(content, base: first))
    }
}
