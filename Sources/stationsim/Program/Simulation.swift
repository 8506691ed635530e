import Glibc
import SerialLine

/// A running station: all its buses on their threads, moved on by whoever calls ``tick()``.
final class Simulation {
    let meters: [LineMeter]
    private let stop: StopSignal
    private var threads: [BusThread] = []
    private var engine: SignalEngine

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// Opens every port, then starts. `announce` gets a line for each bus.
    init(
        _ scenario: Scenario, seed: UInt64, directory: String, isFast: Bool, truth: TruthLog?,
        announce: (String) -> Void = { _ in }
    ) throws(Failure) {
        guard let stop = StopSignal() else { throw Failure(description: "no eventfd") }
        self.stop = stop
        let board = SignalBoard()
        engine = SignalEngine(scenario.signals, tick: scenario.tick, seed: seed, board: board)
        meters = scenario.buses.map { LineMeter(bus: $0.id) }
        let start = Clock.monotonic()
        var runs: [(name: String, run: @Sendable () -> Void)] = []
        for (bus, meter) in zip(scenario.buses, meters) {
            let context = BusContext(
                board: board, meter: meter, truth: truth, stop: stop, seed: seed, isFast: isFast, start: start)
            switch bus.medium {
            case .serial(let serial):
                runs.append((bus.id, try Self.serial(bus, serial, directory, context, announce)))
            case .tcp(let tcp):
                runs.append((bus.id, try Self.tcp(bus, tcp, directory, context, announce)))
            }
        }
        for (name, run) in runs {
            guard let thread = BusThread(name: name, run) else {
                end()
                throw Failure(description: "no thread for bus \(name)")
            }
            threads.append(thread)
        }
    }

    /// Moves all signals by one tick.
    func tick() { engine.advance() }

    /// Stops all buses, removes their links and waits for their threads.
    func end() {
        stop.raise()
        for thread in threads { thread.join() }
        threads = []
    }

    /// One JSON object with an object for each bus.
    func summary(seed: UInt64) -> String {
        "{\"seed\":\(seed),\"buses\":[\(meters.map { $0.summary() }.joined(separator: ","))]}"
    }

    private static func serial(
        _ bus: BusDefinition, _ serial: SerialDefinition, _ directory: String, _ context: BusContext,
        _ announce: (String) -> Void
    ) throws(Failure) -> @Sendable () -> Void {
        var line = SerialLineSimulation(bus, serial, directory: directory, context: context)
        do throws(PseudoTerminalError) {
            try line.open()
        } catch {
            throw Failure(description: "bus \(bus.id): \(error)")
        }
        announce(
            "\(line.links.main) is \(line.terminal?.slavePath ?? "?"): \(serial.settings.baud) "
                + "\(serial.settings.format), "
                + "\(bus.devices.count) devices")
        let handover = Handover(line)
        return {
            var line = handover.take()
            line?.run()
        }
    }

    private static func tcp(
        _ bus: BusDefinition, _ tcp: TCPDefinition, _ directory: String, _ context: BusContext,
        _ announce: (String) -> Void
    ) throws(Failure) -> @Sendable () -> Void {
        var line = TCPBusSimulation(bus, tcp, directory: directory, context: context)
        do throws(SocketError) {
            try line.open()
        } catch {
            throw Failure(description: "bus \(bus.id): \(error)")
        }
        announce(
            "bus \(bus.id) is \(tcp.host):\(line.port), \(tcp.rtuFraming ? "RTU over TCP" : "Modbus TCP"), "
                + "\(bus.devices.count) devices")
        let handover = Handover(line)
        return {
            var line = handover.take()
            line?.run()
        }
    }
}
