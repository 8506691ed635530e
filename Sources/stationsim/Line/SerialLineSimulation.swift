import Glibc
import SerialLine

/// One RS-485 line with its slaves: half duplex, at the pace of its baud rate. Lives on one thread.
///
/// Time is CLOCK_MONOTONIC. A request arrives in the pseudo terminal at once; it occupies the line from the arrival of
/// its first byte for as long as its characters take. Answers are handed over like a UART's FIFO does, a chunk when its
/// last character has ended.
struct SerialLineSimulation {
    let bus: BusDefinition
    let serial: SerialDefinition
    let timing: LineTiming
    let context: BusContext
    let isPaced: Bool
    var rack: SlaveRack
    var random: SeededRandom

    var terminal: PseudoTerminal?
    let link: String
    /// The request that is on the line.
    var request: IncomingRequest?
    /// Sorted by start.
    var outgoing: [Transmission] = []
    /// When the last frame on the line ended, and what it was.
    var lineEnd: Nanoseconds = .min / 2
    var lastFrame = FrameKind.none
    var nextNoise: Nanoseconds?
    /// When each noise fault of the bus strikes next.
    var noiseTimes: [Int: Nanoseconds] = [:]
    /// When a port that could not be opened again is tried once more.
    var nextTry: Nanoseconds = 0

    enum FrameKind { case none, answer, request, noise }

    struct IncomingRequest {
        var bytes: [UInt8]
        var start: Nanoseconds
        var isTooSoon = false
        var isGarbled = false
    }

    init(_ bus: BusDefinition, _ serial: SerialDefinition, directory: String, context: BusContext) {
        self.bus = bus
        self.serial = serial
        self.context = context
        timing = LineTiming(baud: serial.baud, bitsPerCharacter: serial.bitsPerCharacter)
        isPaced = !context.isFast
        rack = SlaveRack(bus.devices, seed: context.seed, board: context.board)
        random = SeededRandom(seed: context.seed, stream: "line \(bus.id)")
        link = "\(directory)/\(bus.id)"
    }

    /// Opens the port and its link, to be called before ``run()``.
    mutating func open() throws(PseudoTerminalError) {
        let fresh = try PseudoTerminal()
        try fresh.link(at: link)
        terminal = fresh
    }

    /// Works until the stop signal.
    mutating func run() {
        while true {
            let now = Clock.monotonic()
            followPortFault(now)
            addIdleNoise(now)
            deliver(now)
            finishRequest(now)
            switch context.stop.wait(for: terminal?.master ?? -1, until: nextEvent()) {
            case .input: receive()
            case .time: continue
            case .stop:
                terminal?.unlink(from: link)
                return
            }
        }
    }

    private func nextEvent() -> Nanoseconds? {
        var moments = outgoing.map { wake(for: $0) }
        if let request { moments.append(settled(request)) }
        if let nextNoise { moments.append(nextNoise) }
        if let change = nextPortChange() { moments.append(change) }
        return moments.min()
    }
}
