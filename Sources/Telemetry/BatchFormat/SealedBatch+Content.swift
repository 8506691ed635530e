package import GatewayModel

extension SealedBatch {
    /// Encodes the content. `first` and `last` are those of the readings; `at` when there are none.
    package init(
        _ content: BatchContent, at time: BootTime, boot: BootID, anchor: WallAnchor?, dictionary: DictionaryID,
        urgent: Bool = false
    ) {
        self.init(
            PackedReadings(content.readings), gaps: content.gaps, alarms: content.alarms, replaces: content.replaces,
            at: time, boot: boot, anchor: anchor, dictionary: dictionary, urgent: urgent)
    }

    /// The same of readings that are packed already.
    init(
        _ readings: PackedReadings, gaps: [Gap], alarms: [AlarmEvent] = [], replaces: [ClosedRange<UInt64>] = [],
        at time: BootTime, boot: BootID, anchor: WallAnchor?, dictionary: DictionaryID, urgent: Bool = false
    ) {
        let span = readings.span ?? time...time
        let first = BootTime(milliseconds: span.lowerBound.milliseconds)
        self.init(
            boot: boot, anchor: anchor, dictionary: dictionary, readings: readings.count, first: first,
            last: BootTime(milliseconds: span.upperBound.milliseconds), urgent: urgent,
            body: BatchBody.encode(readings, gaps: gaps, alarms: alarms, replaces: replaces, base: first))
    }
}
