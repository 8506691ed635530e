/// Finds frames in what a line carries, byte by byte or all at once, behind noise and preambles.
///
/// The first place where a frame may begin comes first: what lies inside it is not looked at until it has proved to be
/// none, since the data of a frame may look like a frame. When the line has fallen silent, a frame that has begun will
/// not go on; `fellSilent` gives it up and looks behind its first byte.
struct FrameScanner<Frame: MeterFrame> {
    private var buffer: [UInt8] = []
    /// Bytes before it are looked through.
    private var begin = 0
    private var isSilent = false
    /// Bytes that belonged to no frame, since the scanner was made.
    private(set) var skipped = 0
    /// The last place that began like a frame and was none.
    private(set) var fault: FrameFault?

    /// Bytes that are kept at most; the oldest go when more come. Two frames: one that has begun, one whole behind it.
    static var capacity: Int { 2 * Frame.longest }

    mutating func take(_ bytes: some Collection<UInt8>) {
        isSilent = false
        compact()
        buffer += bytes
        let excess = buffer.count - Self.capacity
        guard excess > 0 else { return }
        buffer.removeFirst(excess)
        skipped += excess
    }

    /// Nothing more comes: what has begun has broken off.
    mutating func fellSilent() { isSilent = true }

    /// Bytes of a frame that has begun; 0: nothing has.
    var pending: Int { buffer.count - begin }

    /// The next sound frame; nil: none so far.
    mutating func next() -> Frame? {
        while begin < buffer.count {
            switch Frame.judge(buffer[begin...]) {
            case .frame(let frame, let length):
                begin += max(1, length)
                return frame
            case .incomplete:
                guard isSilent else { return nil }
                note(.short)
            case .noFrame(let fault):
                note(fault)
            }
        }
        compact()
        return nil
    }

    private mutating func note(_ fault: FrameFault) {
        if fault != .noBegin { self.fault = fault }
        if buffer[begin] != 0xFE { skipped += 1 }
        begin += 1
    }

    private mutating func compact() {
        if begin > 0 { buffer.removeFirst(min(begin, buffer.count)) }
        begin = 0
    }
}
