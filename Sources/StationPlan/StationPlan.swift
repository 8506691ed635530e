package import GatewayModel

/// What a configuration will do before anything is flashed: lines, data volume, flash, memory, outages.
///
/// Pure. The lines are rehearsed with the daemon's own scheduler on a virtual clock, the batches are made by the daemon's
/// own encoder from values that a process at rest might have; so what is estimated is only the devices' turnaround and
/// the values.
package struct StationPlan: Sendable {
    package var buses: [BusPlan]
    package var receivers: [ReceiverPlan]
    package var store: StorePlan
    /// Resident memory of the daemon, bytes: roughly.
    package var memory: Int64
    /// What was read longer ago than this survives a power cut.
    package var lossBound: Nanoseconds

    /// - Parameter measured: what a running box has learnt of its devices; empty: the templates' figures.
    package init(_ configuration: GatewayConfiguration, measured: MeasuredDevices = MeasuredDevices()) {
        let rehearsals = configuration.buses.map { BusRehearsal($0, configuration, measured) }
        buses = rehearsals.map(\.plan)
        let cadences = rehearsals.reduce(into: [PointIndex: Cadence]()) { all, rehearsal in
            all.merge(rehearsal.cadences) { $1 }
        }
        let traffic = Traffic(configuration, cadences: cadences)
        receivers = configuration.uplinks.map { ReceiverPlan($0, traffic, gateway: configuration.gatewayID) }
        store = StorePlan(configuration.store, traffic)
        memory = MemoryEstimate.resident(configuration)
        lossBound = configuration.store.seal + .seconds(1)
    }
}

/// What a running box knows better than the templates.
package struct MeasuredDevices: Hashable, Sendable {
    /// Mean turnaround by device id.
    package var turnarounds: [String: Nanoseconds]
    package init(turnarounds: [String: Nanoseconds] = [:]) { self.turnarounds = turnarounds }
}

/// Measured on x86-64: 11 MB with 100 points, 16.6 MB with 2,000 on eight lines, TLS and the local history begun.
enum MemoryEstimate {
    static func resident(_ configuration: GatewayConfiguration) -> Int64 {
        11_000_000 + 2_000 * Int64(configuration.points.count) + 200_000 * Int64(configuration.buses.count)
    }
}
