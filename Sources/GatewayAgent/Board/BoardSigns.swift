internal import GatewayModel

/// What the lights of the board show. Pure.
struct BoardSigns: Hashable, Sendable {
    enum Light: Hashable, Sendable { case off, on, blinking }

    /// Blinks while every part of the daemon makes progress.
    var run: Light
    /// On: something of the daemon stands still, or the store cannot be written. Blinking: an alarm is raised, which a
    /// device that does not answer is too.
    var fault: Light
    /// On: every receiver that must have the data is connected. Blinking: some are.
    var uplink: Light

    static let dark = BoardSigns(run: .off, fault: .off, uplink: .off)

    init(run: Light, fault: Light, uplink: Light) {
        self.run = run
        self.fault = fault
        self.uplink = uplink
    }

    /// - Parameter connected: of each receiver that must have the data.
    init(isStalled: Bool, storeFails: Bool, hasAlarms: Bool, connected: [Bool]) {
        run = isStalled ? .on : .blinking
        fault = isStalled || storeFails ? .on : hasAlarms ? .blinking : .off
        let count = connected.count { $0 }
        uplink = count == 0 ? .off : count == connected.count ? .on : .blinking
    }

    func light(of sign: BoardSign) -> Light {
        switch sign {
        case .run: run
        case .fault: fault
        case .uplink: uplink
        }
    }
}
