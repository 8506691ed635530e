internal import GatewayModel

/// First and last reading time of a batch.
struct BatchTimes: Hashable, Sendable {
    var first: BatchTime
    var last: BatchTime
}

/// The times of the batches that were asked for last, so that status and age checks seldom read a blob.
struct BatchTimesCache: Sendable {
    static let limit = 64
    private var times: [UInt64: BatchTimes] = [:]
    private var order: [UInt64] = []

    subscript(number: UInt64) -> BatchTimes? { times[number] }

    mutating func set(_ number: UInt64, _ value: BatchTimes) {
        if times.updateValue(value, forKey: number) == nil { order.append(number) }
        if order.count > Self.limit { times[order.removeFirst()] = nil }
    }

    mutating func forgetAll() { self = Self() }
}
