/// A physical quantity of the station, as the scenario describes it. Others are named by their index.
struct SignalDefinition: Sendable {
    var id: String
    var shape: SignalShape
    /// Standard deviation of what is added anew at every tick; 0: none.
    var noise: Double
    var minimum: Double?
    var maximum: Double?
}

/// How a signal moves. Spans are seconds.
enum SignalShape: Sendable {
    case constant(Double)
    case sine(mean: Double, amplitude: Double, period: Double, phase: Double)
    /// Every `every` seconds, with `probability`, a normal step of deviation `step`; turned back at the limits.
    case walk(start: Double, step: Double, every: Double, probability: Double, low: Double, high: Double)
    /// Follows another signal like a warm mass: first order with time constant `tau`.
    case lag(of: Int, tau: Double, start: Double?)
    /// The integral of another signal, which is a rate per `per` seconds. A counter never falls.
    case integral(of: Int, per: Double, start: Double, counter: Bool)
    /// `high` for `on` seconds, then `low` for `off` seconds.
    case cycle(on: Double, off: Double, high: Double, low: Double, phase: Double)
    case sum(terms: [(signal: Int, factor: Double)], offset: Double)
    case product(of: [Int], gain: Double)
    /// 1 from the moment another signal falls below `low` until it exceeds `high`, then 0: a float switch.
    case hysteresis(of: Int, low: Double, high: Double, start: Double)
}
