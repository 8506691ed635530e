internal import GatewayModel
internal import Telemetry

extension SealedBatch {
    var times: BatchTimes {
        BatchTimes(
            first: BatchTime(first, boot: boot, anchor: anchor), last: BatchTime(last, boot: boot, anchor: anchor))
    }
}
