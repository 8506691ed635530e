import Glibc
import SerialLine

/// One RS-485 line with all that hangs on it: half duplex, at the pace of its baud rates. Lives on one thread.
///
/// Time is CLOCK_MONOTONIC. A request arrives in the pseudo terminal at once; it occupies the line from the arrival of
/// its first byte for as long as its characters take. Answers are handed over like a UART's FIFO does, a chunk when its
/// last character has ended.
///
/// As long as settings agree, the cable is sound and only one sends, bytes pass as they are. Everything else goes over
/// the ``Wire`` bit by bit.
struct SerialLineSimulation {
    let bus: BusDefinition
    let serial: SerialDefinition
    let context: BusContext
    let isPaced: Bool
    var rack: LineRack
    var random: SeededRandom

    var terminal: PseudoTerminal?
    var links: PortLinks
    /// What the program at the port has set it to.
    var port: AskedSettings
    /// The port's receiver.
    var uart: UART
    /// What it has received lately: at most 1,024 characters.
    var heard: [UART.Character] = []
    var wire: Wire
    /// The request of the program at the port that is on the line.
    var request: IncomingRequest?
    /// Sorted by start.
    var outgoing: [Transmission] = []
    /// When the last frame on the line ended, and what it was.
    var lineEnd: Nanoseconds = .min / 2
    var lastFrame = FrameKind.none
    var unasked: [UnaskedSource]
    /// When a port that could not be opened again is tried once more.
    var nextTry: Nanoseconds = 0

    enum FrameKind { case none, answer, request, noise }

    struct IncomingRequest {
        var bytes: [UInt8]
        let start: Nanoseconds
        let settings: SerialSettings
        let emission: UInt64
        /// What was on the line before.
        let previous: (end: Nanoseconds, kind: FrameKind)

        /// When its last character leaves the line.
        var end: Nanoseconds { start + settings.timing.characters(bytes.count) }
    }

    init(_ bus: BusDefinition, _ serial: SerialDefinition, directory: String, context: BusContext) {
        self.bus = bus
        self.serial = serial
        self.context = context
        isPaced = !context.isFast
        rack = LineRack(bus.devices, seed: context.seed, board: context.board)
        random = SeededRandom(seed: context.seed, stream: "line \(bus.id)")
        port = AskedSettings(settings: serial.port ?? serial.settings)
        uart = UART(port.settings, from: context.start)
        var wireSeed = SeededRandom(seed: context.seed, stream: "wire \(bus.id)")
        wire = Wire(serial.condition, seed: wireSeed.next())
        unasked = UnaskedSource.all(of: bus, serial)
        links = PortLinks(directory: directory, bus: bus.id, adapter: serial.adapter)
    }

    /// Opens the port and its links, to be called before ``run()``.
    mutating func open() throws(PseudoTerminalError) {
        let fresh = try PseudoTerminal()
        fresh.preset(serial.settings)
        try links.make(to: fresh)
        terminal = fresh
    }

    /// Works until the stop signal.
    mutating func run() {
        while true {
            let now = Clock.monotonic()
            followPortFault(now)
            followInterference()
            sendUnasked(now)
            deliver(now)
            finishRequest(now)
            switch context.stop.wait(for: terminal?.master ?? -1, until: nextEvent()) {
            case .input: receive()
            case .time: continue
            case .stop:
                if let terminal { links.remove(to: terminal) }
                return
            }
        }
    }

    private func nextEvent() -> Nanoseconds? {
        var moments = outgoing.map { wake(for: $0) }
        if let request { moments.append(settled(request)) }
        if terminal != nil, let next = unasked.compactMap(\.due).min() { moments.append(context.start + next) }
        if let change = nextPortChange() { moments.append(change) }
        moments += nextHearing()
        return moments.min()
    }
}
