/// What was on the line around one request beside its answer: the raw material of verdicts. Pure.
package struct Overheard: Hashable, Sendable {
    /// Bytes that belong to no frame, read before the request, when nobody was asked.
    package var idleNoise = 0
    /// The same between the request and its sound answer.
    package var noiseBeforeAnswer = 0
    /// Sound requests that this gateway did not send: at most ``mostFrames``.
    package var foreignRequests: [ReadRequest] = []
    /// Units of sound frames that nobody had asked for: at most ``mostFrames``.
    package var units: [UInt8] = []
    /// The first bytes heard after the request were the request itself.
    package var hasEcho = false
    /// More than one sound answer to this one request came.
    package var isDoubled = false
    /// Nothing but zero bytes came where an answer was waited for: what a line looks like whose idle level is wrong.
    package var isOnlyZeros = false
    /// What an answer that could not be used looked like; nil: there was none.
    package var spoiled: Spoiled?

    package struct Spoiled: Hashable, Sendable {
        package var bytes: Int
        package var expected: Int
        /// Unit, function and length are as asked for: the damage is behind them.
        package var hasHead: Bool

        package init(bytes: Int, expected: Int, hasHead: Bool) {
            self.bytes = bytes
            self.expected = expected
            self.hasHead = hasHead
        }
    }

    static let mostFrames = 4

    package init() {}

    package var isEmpty: Bool { self == Overheard() }

    /// Bytes that came when nobody had been asked.
    mutating func noteIdle(_ bytes: [UInt8]) {
        for piece in FrameCutter.cut(bytes) { noteIdle(piece) }
    }

    mutating func noteIdle(_ piece: FrameCutter.Piece) {
        switch piece {
        case .frame(let frame): note(frame)
        case .noise(let noise): idleNoise += noise.count
        }
    }

    /// Bytes that came after the request and were not its answer alone.
    mutating func noteAnswer(_ bytes: [UInt8], to request: ReadRequest) {
        let own = request.rtuFrame
        var rest = bytes[...]
        if bytes.starts(with: own) {
            hasEcho = true
            rest = rest.dropFirst(own.count)
        }
        guard !rest.isEmpty else { return }
        var answers = 0
        var noise = 0
        for piece in FrameCutter.cut(Array(rest)) {
            switch piece {
            case .frame(let frame):
                let body = Array(frame.dropLast(2))
                if AnswerCheck(body[...], to: request) != .mismatch {
                    answers += 1
                    if answers == 1 { noiseBeforeAnswer += noise }
                } else if body != request.body {
                    note(frame)
                }
            case .noise(let bytes): noise += bytes.count
            }
        }
        if answers > 1 { isDoubled = true }
        guard answers == 0 else { return }
        if rest.allSatisfy({ $0 == 0 }) { isOnlyZeros = true }
        let head = [request.unit, request.function, UInt8(truncatingIfNeeded: request.dataBytes)]
        spoiled = Spoiled(
            bytes: rest.count, expected: request.rtuAnswerBytes, hasHead: rest.starts(with: head))
    }

    private mutating func note(_ frame: [UInt8]) {
        guard let parsed = ModbusFrame(Array(frame.dropLast(2))) else { return }
        switch parsed {
        case .readRequest(let request):
            if foreignRequests.count < Self.mostFrames { foreignRequests.append(request) }
        case .write(let unit, let function, let address, let count, _):
            let request = ReadRequest(unit: unit, function: function, address: address, count: count)
            if foreignRequests.count < Self.mostFrames { foreignRequests.append(request) }
        case .readAnswer(let unit, _, _), .exception(let unit, _, _), .other(let unit, _):
            if units.count < Self.mostFrames { units.append(unit) }
        }
    }
}
