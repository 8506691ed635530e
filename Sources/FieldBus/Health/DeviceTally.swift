package import GatewayModel

/// What a device's requests have come to lately: counts that are halved whenever there are 256, so that a verdict is
/// about how things are now. Pure.
package struct DeviceTally: Hashable, Sendable {
    static let horizon = 256
    /// Answers with more characters than this count as long.
    static let shortAnswer = 16

    package var requests = 0
    package var answers = 0
    package var noReplies = 0
    package var spoiled = 0
    /// Answers that came after they had been given up, and by how much the latest did.
    package var late = 0
    package var lateBy: Nanoseconds = 0
    /// Requests that two sound answers came to.
    package var doubled = 0
    /// Sound frames of it that answer nothing.
    package var unasked = 0
    /// Of the spoiled answers: longer than asked for; with a wrong head though nothing was before it.
    package var overlong = 0
    package var headless = 0
    /// Sound answers that noise came before.
    package var noisy = 0
    /// Requests that nothing but zero bytes came to.
    package var zeros = 0
    /// Requests for long answers, and those of them that were spoiled; the others are short.
    package var long = 0
    package var longSpoiled = 0

    /// Since the last answer: requests in a row that failed, and bytes that came to them.
    package var failuresInARow = 0
    package var bytesInARow = 0
    package var lastAnswer: BootTime?

    package init() {}

    package var short: Int { requests - long }
    package var shortSpoiled: Int { spoiled - longSpoiled }
    /// Of requests that anything came to.
    package var spoiledShare: Double { share(spoiled, of: answers + spoiled) }

    mutating func note(_ outcome: TransactionOutcome, isLong: Bool, _ overheard: Overheard, now: BootTime) {
        if requests >= Self.horizon { halve() }
        requests += 1
        if isLong { long += 1 }
        if overheard.isDoubled { doubled += 1 }
        if overheard.isOnlyZeros { zeros += 1 }
        switch outcome {
        case .values, .answer, .exception:
            answers += 1
            if overheard.noiseBeforeAnswer > 0 { noisy += 1 }
            (failuresInARow, bytesInARow, lastAnswer) = (0, 0, now)
            return
        case .noReply: noReplies += 1
        case .shortFrame, .checksum, .wrongAnswer:
            spoiled += 1
            if isLong { longSpoiled += 1 }
            if let look = overheard.spoiled {
                if look.bytes > look.expected { overlong += 1 }
                if !look.hasHead, look.bytes * 2 > look.expected { headless += 1 }
            }
        case .lost, .stopped: return
        }
        failuresInARow += 1
        bytesInARow += overheard.spoiled?.bytes ?? 0
    }

    private mutating func halve() {
        for count in Self.counts { self[keyPath: count] /= 2 }
    }

    private static var counts: [WritableKeyPath<Self, Int>] {
        [
            \.requests, \.answers, \.noReplies, \.spoiled, \.late, \.doubled, \.unasked, \.overlong, \.headless,
            \.noisy, \.zeros,
            \.long, \.longSpoiled,
        ]
    }
}

/// 0 when there is nothing to be a part of.
func share(_ part: Int, of whole: Int) -> Double { whole > 0 ? Double(part) / Double(whole) : 0 }
