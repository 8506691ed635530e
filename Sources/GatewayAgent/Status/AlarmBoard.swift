internal import Synchronization
package import Telemetry

/// The alarms that are raised now, for everybody who asks.
package final class AlarmBoard: Sendable {
    private let raised = Mutex<[AlarmEngine.Active]>([])

    package init() {}

    func show(_ active: [AlarmEngine.Active]) { raised.withLock { $0 = active } }

    /// In the order of the rules.
    package var active: [AlarmEngine.Active] { raised.withLock { $0 } }
}
