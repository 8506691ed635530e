internal import CLinux
internal import GatewayModel
internal import Glibc

/// Frames out and in for meters, over the descriptor of an ``RTULink``: silence, request, answer, and what to do when it is
/// not one. Lives for one inquiry.
final class MeterExchange {
    enum Said<Answer> {
        case answer(Answer)
        case failed(TransactionOutcome)
    }

    private let link: RTULink
    private let timeout: Nanoseconds
    private let guardTime: Nanoseconds
    /// When the first request was written; nil: none was.
    private(set) var sent: BootTime?
    /// From the end of the first request to the begin of its answer.
    private(set) var turnaround: Nanoseconds?
    /// The last byte of the last answer; when it was given up.
    private(set) var end: BootTime

    /// What was on the line before the first request: nothing, mostly.
    private(set) var strays: [StrayFrame] = []
    private(set) var overheard = Overheard()

    init(_ link: RTULink, timeout: Nanoseconds, guardTime: Nanoseconds) {
        self.link = link
        self.timeout = timeout
        self.guardTime = guardTime
        end = link.wait.now
    }

    /// Sends `bytes` and listens until `accept` takes a frame. Frames that it does not take are passed over: an echo,
    /// another meter's late answer.
    func ask<Frame: MeterFrame, Answer>(
        _ bytes: [UInt8], _: Frame.Type, accept: (Frame) -> Answer?
    ) -> Said<Answer> {
        if let failure = link.awaitQuiet(guardTime: guardTime, strays: &strays, overheard: &overheard) {
            return failed(failure)
        }
        let begin = link.wait.now
        let written = write(link.descriptor, bytes, bytes.count)
        guard written == bytes.count else {
            return failed(link.lost(written < 0 ? errno : EIO, "write"))
        }
        link.recorder.record(.sent, at: begin, bytes)
        sent = sent ?? begin
        let requestEnd = begin + link.pace.characters(bytes.count)
        var hearing = Hearing<Frame>(
            requestEnd: requestEnd, deadline: requestEnd + timeout + link.pace.hidden(Frame.longest))
        while true {
            switch link.wait.wait(for: link.descriptor, until: hearing.wakeUp) {
            case .stopped: return failed(.stopped)
            case .hungUp: return failed(link.lost(EIO, "poll"))
            case .timedOut: hearing.fellSilent()
            case .ready:
                if let failure = read(into: &hearing) { return failed(failure) }
            }
            while let frame = hearing.scanner.next() {
                hearing.sawStray = true
                guard let answer = accept(frame) else { continue }
                record(hearing)
                return answered(answer, hearing)
            }
            if let outcome = hearing.verdict(now: link.wait.now) {
                record(hearing)
                return failed(outcome)
            }
        }
    }

    private func record<Frame>(_ hearing: Hearing<Frame>) {
        guard let begin = hearing.firstByte else { return }
        link.recorder.record(.received, at: begin, hearing.bytes)
    }

    private func answered<Frame, Answer>(_ answer: Answer, _ hearing: Hearing<Frame>) -> Said<Answer> {
        end = hearing.lastByte ?? link.wait.now
        link.silentSince = end
        turnaround = turnaround ?? hearing.turnaround
        return .answer(answer)
    }

    private func failed<Answer>(_ outcome: TransactionOutcome) -> Said<Answer> {
        end = link.wait.now
        link.silentSince = end
        return .failed(outcome)
    }

    /// nil: something was read.
    private func read<Frame>(into hearing: inout Hearing<Frame>) -> TransactionOutcome? {
        var chunk = [UInt8](repeating: 0, count: 512)
        let count = Glibc.read(link.descriptor, &chunk, chunk.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return nil }
        guard count > 0 else { return link.lost(count < 0 ? errno : ECONNRESET, "read") }
        hearing.take(chunk[..<count], at: link.wait.now, pace: link.pace)
        return nil
    }
}

/// What has been heard since one request.
private struct Hearing<Frame: MeterFrame> {
    let requestEnd: BootTime
    /// Nothing that begins later is the answer.
    let deadline: BootTime
    var scanner = FrameScanner<Frame>()
    var sawStray = false
    private(set) var turnaround: Nanoseconds?
    private(set) var firstByte: BootTime?
    private(set) var lastByte: BootTime?
    /// All that came, for the flight recorder; the bound is that of `received`.
    private(set) var bytes: [UInt8] = []
    private var gap: Nanoseconds = 0
    private var received = 0
    /// Set while bytes are coming; nothing more for `gap` ends the frame.
    private var isSilent = true

    /// Meters may pause for long inside a frame (DL/T 645-2007, 5.2: up to 500 ms); nobody is known to need it all.
    private static var longestPause: Nanoseconds { .milliseconds(150) }
    /// Nobody may keep the line for longer than several of the longest frames.
    private static var mostBytes: Int { 4 * Frame.longest }

    init(requestEnd: BootTime, deadline: BootTime) {
        self.requestEnd = requestEnd
        self.deadline = deadline
    }

    var wakeUp: BootTime {
        guard !isSilent, let lastByte else { return deadline }
        return lastByte + gap
    }

    mutating func take(_ bytes: ArraySlice<UInt8>, at moment: BootTime, pace: RTUPace) {
        if received == 0 {
            let begin = moment - pace.characters(bytes.count)
            firstByte = begin
            turnaround = max(0, begin - requestEnd)
        }
        received += bytes.count
        self.bytes += bytes
        lastByte = moment
        gap = max(pace.gap, Self.longestPause)
        isSilent = false
        scanner.take(bytes)
    }

    mutating func fellSilent() {
        isSilent = true
        scanner.fellSilent()
    }

    /// nil: listen on.
    func verdict(now: BootTime) -> TransactionOutcome? {
        if received > Self.mostBytes { return .checksum }
        guard isSilent else { return nil }
        // A frame of the protocol was there and broken: it was the answer, or has met it.
        switch scanner.fault {
        case .checksum, .noEnd, .length: return .checksum
        case .short where scanner.skipped >= 4: return .shortFrame
        default: break
        }
        // Sparks of noise, an echo, another's answer: the answer may still come.
        guard now >= deadline else { return nil }
        if sawStray { return .wrongAnswer }
        return scanner.skipped >= 4 ? .checksum : .noReply
    }
}
