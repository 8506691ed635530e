/// What all buses of a simulation share.
struct BusContext: Sendable {
    let board: SignalBoard
    let meter: LineMeter
    let truth: TruthLog?
    let stop: StopSignal
    let seed: UInt64
    /// No pace and no silence rule.
    let isFast: Bool
    /// CLOCK_MONOTONIC at the start: what the faults count from.
    let start: Nanoseconds
}
