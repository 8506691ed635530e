package import GatewayModel

extension SealedBatch {
    /// Encodes the content. `first` and `last` are those of the readings; `at` when there are none.
    package init(
        _ content: BatchContent, at time: BootTime, boot: BootID, anchor: WallAnchor?, dictionary: DictionaryID,
        urgent: Bool = false
    ) {
        let times = content.readings.lazy.map(\.time)
        let first = BootTime(milliseconds: (times.min() ?? time).milliseconds)
        self.init(
            boot: boot, anchor: anchor, dictionary: dictionary, readings: content.readings.count, first: first,
            last: BootTime(milliseconds: (times.max() ?? time).milliseconds), urgent: urgent,
            body: BatchBody.encode(content, base: first))
    }
}
