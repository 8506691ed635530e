package import GatewayModel
internal import Synchronization

/// The last frames of one bus, always on; what was on the line before a fault is kept until somebody has looked.
///
/// Bounds, per bus: 16 KiB for the running record, and 8 KiB each for the first and for the newest fault since the last
/// release; the latter only once there was one. Written by the bus's thread, read by any; neither waits for more than
/// a copy.
package final class FlightRecorder: Sendable {
    package static let liveBytes = 16 << 10
    package static let frozenBytes = 8 << 10

    /// What was recorded up to a fault.
    package struct Frozen: Hashable, Sendable {
        package var fault: Fault
        package var frames: [RecordedFrame]
    }

    /// Which record.
    package enum Part: String, CaseIterable, Sendable {
        /// Up to now.
        case live
        /// Up to the first fault since the last release.
        case first
        /// Up to the newest fault.
        case newest
    }

    package struct Fault: Hashable, Sendable {
        package var reason: String
        package var at: BootTime
    }

    package struct Summary: Hashable, Sendable {
        /// Frames recorded since the start.
        package var taken: UInt64 = 0
        /// nil: no fault since the last release.
        package var first: Fault?
        package var newest: Fault?
        /// Faults since the last release.
        package var faults = 0

        package init() {}
    }

    /// A frozen part in the same packed form as the live one.
    private struct Packed: Sendable {
        var fault: Fault
        var ring: FrameRing
    }

    private struct State: Sendable {
        var live = FrameRing(capacity: FlightRecorder.liveBytes)
        var first: Packed?
        var newest: Packed?
        var faults = 0
    }

    private let state = Mutex(State())

    package init() {}

    package func record(_ kind: RecordedFrame.Kind, at time: BootTime, _ bytes: some Collection<UInt8> & Sendable) {
        state.withLock { $0.live.append(kind, time: time, bytes) }
    }

    /// A fault has happened: what led to it is kept. The first one is never overwritten, a later one replaces the
    /// newest.
    package func freeze(_ reason: String, at now: BootTime) {
        state.withLock { state in
            var ring = FrameRing(capacity: Self.frozenBytes)
            for frame in state.live.frames(last: Self.frozenBytes) {
                ring.append(frame.kind, time: frame.time, frame.bytes)
            }
            let packed = Packed(fault: Fault(reason: reason, at: now), ring: ring)
            state.faults += 1
            if state.first == nil { state.first = packed } else { state.newest = packed }
        }
    }

    /// What was kept of faults may go.
    package func release() {
        state.withLock { state in
            (state.first, state.newest) = (nil, nil)
            state.faults = 0
        }
    }

    /// Oldest first.
    ///
    /// - Parameter after: only those that were recorded later; for following.
    package func frames(after time: BootTime? = nil) -> [RecordedFrame] {
        let all = state.withLock { $0.live.frames() }
        guard let time else { return all }
        return all.filter { $0.time > time }
    }

    /// nil: there is no such fault. Never nil for `live`, whose reason is empty.
    package func frozen(_ part: Part) -> Frozen? {
        state.withLock { state in
            let packed: Packed? =
                switch part {
                case .live: Packed(fault: Fault(reason: "", at: BootTime(nanoseconds: 0)), ring: state.live)
                case .first: state.first
                case .newest: state.newest ?? state.first
                }
            return packed.map { Frozen(fault: $0.fault, frames: $0.ring.frames()) }
        }
    }

    package var summary: Summary {
        state.withLock { state in
            var summary = Summary()
            summary.taken = state.live.taken
            summary.first = state.first?.fault
            summary.newest = state.newest?.fault
            summary.faults = state.faults
            return summary
        }
    }
}
