internal import GatewayModel
internal import Telemetry

/// Batches that one new batch can take the place of, gathered one by one. Pure.
struct ThinningGroup: Sendable {
    /// Readings and aggregates decoded for one new batch: what bounds a step's time.
    static let sourceLimit = 32_768
    /// Their bytes, for batches that compress badly.
    static let byteLimit = 256 << 10

    let step: ThinningStep
    /// Readings that a batch of this store should hold at most.
    let largestBatch: Int
    let rowLimit: Int
    private let acknowledgements: [Bool]
    private let first: BatchEnvelope
    private(set) var sequences: [UInt64] = []
    private(set) var bytes = 0
    private(set) var merger: BatchMerger
    /// Readings and aggregates that were opened for it.
    private(set) var decoded = 0

    /// - Throws: the batch cannot be opened.
    init(
        _ envelope: BatchEnvelope, length: Int, step: ThinningStep, acknowledgements: [Bool], classes: PointClasses,
        day: @escaping @Sendable (Int64) -> Int64, largestBatch: Int, rowLimit: Int
    ) throws(BatchFormatError) {
        self.step = step
        self.largestBatch = largestBatch
        self.rowLimit = rowLimit
        self.acknowledgements = acknowledgements
        first = envelope
        merger = BatchMerger(step.mode, classes: classes, anchor: envelope.batch.anchor, day: day)
        try take(envelope, length: length)
    }

    /// False: it does not fit, and the group is complete.
    mutating func add(
        _ envelope: BatchEnvelope, length: Int, acknowledgements: [Bool]
    ) throws(BatchFormatError) -> Bool {
        guard fits(envelope, length: length), acknowledgements == self.acknowledgements else { return false }
        try take(envelope, length: length)
        return true
    }

    private mutating func take(_ envelope: BatchEnvelope, length: Int) throws(BatchFormatError) {
        let before = merger.count
        try merger.add(envelope)
        sequences.append(envelope.key.sequence)
        bytes += length
        decoded += max(envelope.batch.readings, merger.count - before)
    }

    private func fits(_ envelope: BatchEnvelope, length: Int) -> Bool {
        let (a, b) = (first.batch, envelope.batch)
        guard a.boot == b.boot, a.dictionary == b.dictionary, Self.isSameClock(a.anchor, b.anchor),
            b.last - a.first <= step.longest, sequences.count < rowLimit, bytes + length <= Self.byteLimit,
            decoded + b.readings <= Self.sourceLimit
        else { return false }
        // What a thinned batch will hold is known only afterwards: half of the limit leaves room for what is open.
        return step == .reblock ? merger.count + b.readings <= largestBatch : merger.count <= largestBatch / 2
    }

    /// The error may have been stated anew; the line must be the same.
    private static func isSameClock(_ a: WallAnchor?, _ b: WallAnchor?) -> Bool {
        guard let a, let b else { return a == nil && b == nil }
        return a.realTime - a.bootTime.nanoseconds == b.realTime - b.bootTime.nanoseconds
    }

    /// The new batch, when it is smaller by at least a twentieth.
    func sealed() -> SealedBatch? {
        let batch = first.batch
        guard let sealed = merger.sealed(boot: batch.boot, anchor: batch.anchor, dictionary: batch.dictionary),
            sealed.storedLength < bytes - bytes / 20
        else { return nil }
        return sealed
    }

    var acknowledgedBy: [ReceiverIndex] { acknowledgements.indices.filter { acknowledgements[$0] } }
}
