package import GatewayModel
internal import Glibc
package import Logging
internal import Synchronization
internal import ThreadExecutor

/// The wires of the board, on a thread of their own: inputs, counters, outputs, and the line of the power failure.
///
/// Readings go to the sink on that thread. Nothing that happens to a line ends it: a chip that is gone is looked for
/// again by its label.
package actor DigitalIO {
    /// Mail that waits; more is refused.
    private static let longestMail = 64

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private nonisolated let executor = ThreadExecutor(name: "io")
    private nonisolated let wakeUp = WakeUp()
    private nonisolated let mail = Mutex<[DigitalMail]>([])
    private nonisolated let snapshot = Mutex<(status: [DigitalStatus], counts: [PulseTotal])>(([], []))
    private nonisolated let progress: Atomic<Int64>
    private nonisolated let isStopping = Atomic(false)
    private nonisolated let task = Mutex<Task<Void, Never>?>(nil)

    private let configuration: GatewayConfiguration
    private let bank: any LineBank
    private let sink: any ReadingSink
    private let time: any TimeSource
    private let logger: Logger

    package init(
        configuration: GatewayConfiguration, bank: any LineBank = GpiodBank(), sink: any ReadingSink, logger: Logger,
        time: any TimeSource = SystemTime()
    ) {
        self.configuration = configuration
        self.bank = bank
        self.sink = sink
        self.logger = logger
        self.time = time
        progress = Atomic(time.bootTime().nanoseconds)
    }

    /// Takes the lines and begins; returns at once. A second call does nothing, nor does one for a board without lines.
    ///
    /// - Parameters:
    ///   - scheduleOffset: UTC - CLOCK_BOOTTIME once the clock is trusted, 0 before; must not block.
    ///   - powerFails: called on this thread with the moment of the edge; must not block.
    package nonisolated func start(
        scheduleOffset: @escaping @Sendable () -> Nanoseconds = { 0 },
        powerFails: @escaping @Sendable (BootTime) -> Void = { _ in }
    ) {
        guard hasLines else { return }
        task.withLock { task in
            guard task == nil, !isStopping.load(ordering: .acquiring) else { return }
            task = Task { await self.run(scheduleOffset, powerFails) }
        }
    }

    /// Outputs go to their safe state, the lines are given back, the thread is joined.
    package nonisolated func stop() async {
        isStopping.store(true, ordering: .releasing)
        wakeUp.signal()
        await task.withLock { $0 }?.value
        executor.shutdown()
    }

    package nonisolated var hasLines: Bool {
        !configuration.inputs.isEmpty || !configuration.outputs.isEmpty || configuration.board.powerFail != nil
    }

    /// Any thread; waits for nothing.
    package nonisolated var status: [DigitalStatus] { snapshot.withLock { $0.status } }

    /// Of every counter: at least what any reading says that has reached the sink. Any thread.
    package nonisolated var counts: [PulseTotal] { snapshot.withLock { $0.counts } }

    /// When it last came round; while it is well, never longer ago than ``DigitalLoop/longestRest`` and what a driver takes.
    package nonisolated var lastProgress: BootTime { BootTime(nanoseconds: progress.load(ordering: .acquiring)) }

    /// Any thread. false: too much waits already.
    @discardableResult
    package nonisolated func post(_ letter: DigitalMail) -> Bool {
        let isTaken = mail.withLock { mail in
            guard mail.count < Self.longestMail else { return false }
            mail.append(letter)
            return true
        }
        wakeUp.signal()
        return isTaken
    }

    /// Switches an output. Blocks the calling thread until it is done, for at most 2 s.
    ///
    /// - Parameter duration: on for so long; nil: as long as the output may be.
    /// - Returns: why it was not done; nil: it was.
    package nonisolated func set(_ id: String, _ isOn: Bool, for duration: Nanoseconds?) -> String? {
        let answer = DigitalAnswer()
        guard hasLines, post(.set(id: id, isOn: isOn, duration: duration, answer: answer)) else {
            return "there is no output \"\(id)\""
        }
        return answer.wait()
    }

    private func run(
        _ scheduleOffset: @escaping @Sendable () -> Nanoseconds, _ powerFails: @Sendable (BootTime) -> Void
    ) {
        let loop = DigitalLoop(
            inputs: configuration.inputs, outputs: configuration.outputs, powerFail: configuration.board.powerFail,
            points: configuration.points, bank: bank, time: time, offset: scheduleOffset)
        while !isStopping.load(ordering: .acquiring) {
            wakeUp.clear()
            let letters = mail.withLock { mail in
                defer { mail = [] }
                return mail
            }
            let (readings, events) = loop.round(letters)
            // Before the readings: a batch that has them carries these counts.
            snapshot.withLock { $0 = (loop.status, loop.counts) }
            if !readings.isEmpty { sink.accept(readings) }
            for event in events { take(event, powerFails) }
            progress.store(time.bootTime().nanoseconds, ordering: .releasing)
            wait(for: loop.descriptors, until: loop.deadline)
        }
        loop.release()
    }

    private func take(_ event: DigitalEvent, _ powerFails: (BootTime) -> Void) {
        switch event {
        case .powerFails(let time):
            powerFails(time)
            logger.critical("the supply fails")
        case .powerIsBack: logger.notice("the supply is back")
        case .powerBadAtStart: logger.warning("the power-fail line is active at the start")
        case .lost(let id, let reason):
            logger.error("a line cannot be had", metadata: ["line": "\(id)", "reason": "\(reason)"])
        case .found(let id): logger.notice("the line is there again", metadata: ["line": "\(id)"])
        case .switchedOff(let id): logger.notice("output off: its time is over", metadata: ["output": "\(id)"])
        }
    }

    private func wait(for descriptors: [CInt], until deadline: BootTime) {
        var waits = ([wakeUp.descriptor] + descriptors).map { pollfd(fd: $0, events: CShort(POLLIN), revents: 0) }
        // Up to the next millisecond: never a round too early.
        let rest = max(0, deadline - time.bootTime() + 999_999) / 1_000_000
        _ = poll(&waits, nfds_t(waits.count), CInt(clamping: rest))
    }
}
