internal import GatewayModel

extension RTULink {
    /// What is known of a transaction while it runs.
    struct Course {
        let request: ReadRequest
        var outcome = TransactionOutcome.noReply
        var sent: BootTime?
        /// When the last character of the request has left, computed.
        var requestEnd: BootTime
        /// How long to wait for the answer after somebody else has spoken in between.
        let patience: Nanoseconds
        /// Nothing that begins later is the answer.
        var deadline: BootTime
        var end: BootTime
        var turnaround: Nanoseconds?
        var strays: [StrayFrame] = []
        var overheard = Overheard()
        /// What came was too short for the answer, or not meant as one.
        var answerMayCome = true
        /// A sound frame came that was not the answer.
        var sawStray = false

        init(request: ReadRequest, patience: Nanoseconds, end: BootTime) {
            self.request = request
            self.patience = patience
            deadline = end
            self.end = end
            requestEnd = end
        }

        /// What it is called when the response timeout is over.
        var unanswered: TransactionOutcome { sawStray ? .wrongAnswer : .noReply }

        mutating func ended(_ outcome: TransactionOutcome, at moment: BootTime) -> TransactionOutcome {
            end = moment
            return outcome
        }

        mutating func answered(
            _ outcome: TransactionOutcome, _ arrival: Arrival, _ pace: RTUPace
        ) -> TransactionOutcome {
            turnaround = max(0, arrival.begin - requestEnd)
            return ended(outcome, at: arrival.end)
        }

        /// A sound frame that is not the answer: the device may not have heard its request through it, so no more time
        /// is spent on it than it usually takes.
        mutating func noteStray(_ stray: StrayFrame, at moment: BootTime) {
            sawStray = true
            strays.append(stray.heard(at: moment))
            deadline = min(deadline, moment + patience)
        }
    }

    /// Bytes that have arrived, still in the kernel.
    struct Arrival {
        var count: Int
        /// When the first character began, computed from how many were seen first.
        var begin: BootTime
        /// When the last byte was seen.
        var end: BootTime
        var isWhole = false
        var failure: TransactionOutcome?

        init(count: Int, end: BootTime) {
            self.count = count
            begin = end
            self.end = end
        }
    }

    /// What was read to empty the line.
    struct Drained {
        /// The first 512.
        var bytes: [UInt8] = []
        /// When the last byte was seen; when nothing came, when the reading began.
        var end: BootTime
        /// When the first byte began, computed; meaningless when nothing came.
        var begin: BootTime
        var fellSilent = true
        var failure: TransactionOutcome?

        init(end: BootTime) {
            self.end = end
            begin = end
        }

        mutating func take(_ chunk: ArraySlice<UInt8>, at moment: BootTime) {
            bytes += chunk.prefix(max(0, 512 - bytes.count))
            end = moment
        }
    }
}
