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
    /// Sound frames that did not match the request.
    package var wrongAnswers = 0
    /// Answers that came after they had been given up.
    package var lateAnswers = 0
    /// By exception code.
    package var exceptions: [UInt8: Int] = [:]

    package init() {}

    mutating func count(_ outcome: TransactionOutcome) {
        switch outcome {
        case .values: replies += 1
        case .exception(let code):
            replies += 1
            exceptions[code, default: 0] += 1
        case .noReply: timeouts += 1
        case .shortFrame: shortFrames += 1
        case .checksum: checksumErrors += 1
        case .wrongAnswer: wrongAnswers += 1
        case .lost, .stopped: break
        }
    }
}
