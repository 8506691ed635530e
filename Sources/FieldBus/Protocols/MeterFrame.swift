/// A frame of a protocol that marks its begin and end and carries a sum: DL/T 645, CJ/T 188, M-Bus.
protocol MeterFrame: Sendable {
    /// What the bytes at the begin of `bytes` are. Never traps, looks at no more than one frame.
    static func judge(_ bytes: ArraySlice<UInt8>) -> FrameJudgement<Self>
    /// The longest frame, in bytes.
    static var longest: Int { get }
}

enum FrameJudgement<Frame> {
    /// A sound frame, and how many bytes it takes.
    case frame(Frame, length: Int)
    /// The begin of a frame, if more follows.
    case incomplete
    case noFrame(FrameFault)

    func map<Other>(_ make: (Frame) -> Other) -> FrameJudgement<Other> {
        switch self {
        case .frame(let frame, let length): .frame(make(frame), length: length)
        case .incomplete: .incomplete
        case .noFrame(let fault): .noFrame(fault)
        }
    }
}

/// Why bytes are no frame.
enum FrameFault: Error, Hashable, Sendable {
    /// They do not begin like one.
    case noBegin
    /// It is announced to be longer than any frame may be, or its two lengths differ.
    case length
    /// The sum over it is `correct`, and `found` is what it says.
    case checksum(correct: UInt8, found: UInt8)
    /// It does not end where it says that it ends.
    case noEnd
    /// It ends too early.
    case short
    /// Something stands behind it.
    case trailing
}

extension MeterFrame {
    /// Bytes that are one frame and nothing else, after any number of FE.
    static func parse(_ bytes: [UInt8]) throws(FrameFault) -> Self {
        let frame = bytes.drop { $0 == 0xFE }
        switch judge(frame) {
        case .frame(let found, let length):
            guard length == frame.count else { throw .trailing }
            return found
        case .incomplete: throw .short
        case .noFrame(let fault): throw fault
        }
    }

    /// All bytes of a frame that ends with `CS 16`, its head having said how long it is.
    ///
    /// - Parameter begin: of what the sum goes over, up to the byte before it.
    static func closed(_ bytes: ArraySlice<UInt8>, length: Int, sumFrom begin: Int = 0) -> FrameJudgement<[UInt8]> {
        guard bytes.count >= length else { return .incomplete }
        let frame = Array(bytes.prefix(length))
        guard frame[length - 1] == 0x16 else { return .noFrame(.noEnd) }
        let (correct, found) = (sum(frame[begin..<(length - 2)]), frame[length - 2])
        return found == correct ? .frame(frame, length: length) : .noFrame(.checksum(correct: correct, found: found))
    }

    /// Sum of bytes, modulo 256.
    static func sum(_ bytes: some Sequence<UInt8>) -> UInt8 { bytes.reduce(0, &+) }
}
