internal import GatewayModel
internal import Telemetry

extension SealedBatch {
    var times: BatchTimes {
        BatchTimes(
            first: BatchTime(first, boot: boot, anchor: anchor), last: BatchTime(last, boot: boot, anchor: anchor))
    }

    /// The same readings; the anchor may have come later, and stored times are whole milliseconds.
    func isSame(as other: SealedBatch) -> Bool {
        boot == other.boot && first.milliseconds == other.first.milliseconds
            && last.milliseconds == other.last.milliseconds && dictionary == other.dictionary && body == other.body
    }
}
