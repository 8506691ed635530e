/// What has happened with one device since the start.
package struct DeviceCounters: Hashable, Sendable {
    /// Requests put on the wire, retries and probes included.
    package var requests = 0
    /// Sound answers, exceptions included.
    package var replies = 0
    /// Nothing within the response timeout.
    package var timeouts = 0
    /// Answers that broke off.
    package var shortFrames = 0
    package var checksumErrors = 0
    /// Sound frames that did not match the request; of those, from another unit, and from the right one with another
    /// function. The rest had another length.
    package var wrongAnswers = 0
    package var wrongUnit = 0
    package var wrongFunction = 0
    /// Requests that were asked again at once after they had failed.
    package var retries = 0
    /// Since the last sound answer.
    package var failuresInARow = 0
    /// Answers that came after they had been given up.
    package var lateAnswers = 0
    /// By exception code.
    package var exceptions: [UInt8: Int] = [:]

    package init() {}

    mutating func count(_ outcome: TransactionOutcome, strays: [StrayFrame] = [], asked: ReadRequest? = nil) {
        switch outcome {
        case .values, .answer, .exception: failuresInARow = 0
        default: failuresInARow += 1
        }
        switch outcome {
        case .values, .answer: replies += 1
        case .exception(let code):
            replies += 1
            exceptions[code, default: 0] += 1
        case .noReply: timeouts += 1
        case .shortFrame: shortFrames += 1
        case .checksum: checksumErrors += 1
        case .wrongAnswer:
            wrongAnswers += 1
            guard let asked, let stray = strays.last else { return }
            if stray.unit != asked.unit {
                wrongUnit += 1
            } else if stray.function != asked.function {
                wrongFunction += 1
            }
        case .lost, .stopped: break
        }
    }
}
