internal import GatewayModel
internal import Telemetry

/// What a platform says on `PREFIX/GATEWAY/ack`: `{"epoch":"9f0c…","sequences":[[1,4],[7,7]]}`.
struct PlatformAcknowledgement: Equatable {
    /// Ranges in one message; more are an error.
    static let mostRanges = 1024

    var epoch: Epoch
    /// Both ends included.
    var sequences: [ClosedRange<UInt64>]

    func covers(_ key: BatchKey) -> Bool {
        key.epoch == epoch && sequences.contains { $0.contains(key.sequence) }
    }

    /// Reads and checks foreign bytes; never traps. Other keys are ignored, so that later versions may add some.
    init(parsing bytes: [UInt8]) throws(AcknowledgementError) {
        let value: JSONValue
        do {
            value = try JSONValue.parse(bytes, maximumBytes: MosquittoClient.largestMessage, maximumDepth: 8)
        } catch {
            throw AcknowledgementError(error.description)
        }
        guard let epoch = Epoch(text: value["epoch"]?.string ?? "") else {
            throw AcknowledgementError("epoch is not 32 hexadecimal digits")
        }
        guard let list = value["sequences"]?.array else { throw AcknowledgementError("sequences is no list") }
        guard list.count <= Self.mostRanges else {
            throw AcknowledgementError("more than \(Self.mostRanges) ranges")
        }
        var sequences: [ClosedRange<UInt64>] = []
        for entry in list {
            guard let range = entry.array, range.count == 2, let first = range[0].unsigned,
                let last = range[1].unsigned, first <= last
            else { throw AcknowledgementError("a range is not [first, last]") }
            sequences.append(first...last)
        }
        self.epoch = epoch
        self.sequences = sequences
    }
}

/// A platform's message that is not an acknowledgement: what is wrong with it.
struct AcknowledgementError: Error, Equatable, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
