import Glibc

/// Moves all signals in steps of one tick. One thread owns it; readers see the values that it publishes.
///
/// Signals are computed in the scenario's order: a reference to one further down gives its value of the tick before,
/// so a tank may depend on a valve that depends on the tank.
struct SignalEngine {
    private let definitions: [SignalDefinition]
    private let tick: Double
    private var ticks = 0
    /// Before noise and limits: what integrates and lags.
    private var states: [Double]
    private var values: [Double]
    private var randoms: [SeededRandom]
    private let board: SignalBoard

    init(_ definitions: [SignalDefinition], tick: Nanoseconds, seed: UInt64, board: SignalBoard) {
        self.definitions = definitions
        self.tick = tick.seconds
        self.board = board
        randoms = definitions.map { SeededRandom(seed: seed, stream: "signal \($0.id)") }
        states = definitions.map { Self.start(of: $0.shape) ?? .nan }
        values = states.map { $0.isNaN ? 0 : $0 }
        for index in definitions.indices {
            values[index] = compute(index, after: 0)
        }
        board.publish(values)
    }

    /// One tick further, then published.
    mutating func advance() {
        ticks += 1
        for index in definitions.indices { values[index] = compute(index, after: tick) }
        board.publish(values)
    }

    private mutating func compute(_ index: Int, after step: Double) -> Double {
        let definition = definitions[index]
        var value = moved(definition.shape, index, step)
        states[index] = value
        if definition.noise > 0 { value += definition.noise * randoms[index].normal() }
        if let minimum = definition.minimum { value = max(value, minimum) }
        if let maximum = definition.maximum { value = min(value, maximum) }
        return value
    }

    private mutating func moved(_ shape: SignalShape, _ index: Int, _ step: Double) -> Double {
        let state = states[index]
        let time = Double(ticks) * tick
        switch shape {
        case .constant(let value): return value
        case .sine(let mean, let amplitude, let period, let phase):
            return mean + amplitude * sin(2 * .pi * (time / period + phase))
        case .walk(_, let size, let every, let probability, let low, let high):
            guard step > 0, Int(time / every) != Int((time - step) / every),
                probability >= 1 || randoms[index].unit() < probability
            else { return state }
            let next = state + size * randoms[index].normal()
            let turned = next > high ? 2 * high - next : next < low ? 2 * low - next : next
            return min(high, max(low, turned))
        case .lag(let source, let tau, _):
            return state.isNaN ? values[source] : state + (values[source] - state) * (1 - exp(-step / tau))
        case .integral(let source, let per, _, let counter):
            return state + (counter ? max(0, values[source]) : values[source]) * step / per
        case .cycle(let on, let off, let high, let low, let phase):
            let place = (time / (on + off) + phase).truncatingRemainder(dividingBy: 1) * (on + off)
            return place < on ? high : low
        case .sum(let terms, let offset):
            return terms.reduce(offset) { $0 + values[$1.signal] * $1.factor }
        case .product(let sources, let gain):
            return sources.reduce(gain) { $0 * values[$1] }
        case .hysteresis(let source, let low, let high, _):
            return values[source] < low ? 1 : values[source] > high ? 0 : state
        }
    }

    private static func start(of shape: SignalShape) -> Double? {
        switch shape {
        case .constant(let value): value
        case .walk(let start, _, _, _, _, _): start
        case .integral(_, _, let start, _): start
        case .hysteresis(_, _, _, let start): start
        case .lag(_, _, let start): start
        default: nil
        }
    }
}
