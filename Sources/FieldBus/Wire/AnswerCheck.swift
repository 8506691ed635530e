/// Is a sound frame the answer to a request? Pure.
enum AnswerCheck: Hashable, Sendable {
    case values([UInt8])
    case exception(UInt8)
    /// Another unit, function or length: not the answer.
    case mismatch

    /// - Parameter body: unit, function and what follows, without header and check sum.
    init(_ body: ArraySlice<UInt8>, to request: ReadRequest) {
        let body = Array(body)
        guard body.count >= 3, body[0] == request.unit else {
            self = .mismatch
            return
        }
        if body[1] == request.function | 0x80, body.count == 3, body[2] != 0 {
            self = .exception(body[2])
        } else if body[1] == request.function, Int(body[2]) == request.dataBytes,
            body.count == 3 + request.dataBytes
        {
            self = .values(Array(body[3...]))
        } else {
            self = .mismatch
        }
    }
}
