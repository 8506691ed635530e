/// Looks for sound RTU frames in bytes that could not be read as one: noise before an answer, an answer that nobody
/// waits for any more. Pure; only on the way of errors.
struct FrameScan {
    private(set) var answer: AnswerCheck?
    private(set) var strays: [StrayFrame] = []

    /// - Parameters:
    ///   - bytes: at most some hundred.
    ///   - request: the request whose answer may be among them; nil: none is waited for.
    init(_ bytes: [UInt8], for request: ReadRequest?) {
        var begin = 0
        while begin + ReadRequest.rtuExceptionBytes <= bytes.count {
            guard let length = Self.soundFrame(in: bytes, at: begin) else {
                begin += 1
                continue
            }
            take(bytes[begin..<begin + length], for: request)
            begin += length
        }
    }

    private mutating func take(_ frame: ArraySlice<UInt8>, for request: ReadRequest?) {
        let body = Array(frame.dropLast(2))
        if let request, answer == nil {
            let check = AnswerCheck(body[...], to: request)
            if check != .mismatch {
                answer = check
                return
            }
        }
        strays.append(StrayFrame(body[...]))
    }

    /// The length of the read answer that begins at `begin` and whose check sum holds.
    private static func soundFrame(in bytes: [UInt8], at begin: Int) -> Int? {
        let length: Int
        switch bytes[begin + 1] {
        case 1...4: length = ReadRequest.rtuExceptionBytes + Int(bytes[begin + 2])
        case 0x81...0x84: length = ReadRequest.rtuExceptionBytes
        default: return nil
        }
        guard begin + length <= bytes.count, CyclicRedundancyCheck.holds(bytes[begin..<begin + length]) else {
            return nil
        }
        return length
    }
}
