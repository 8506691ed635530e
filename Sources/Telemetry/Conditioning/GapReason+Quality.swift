package import GatewayModel

extension GapReason {
    /// Why a point that reads with this quality has no values; nil for qualities that carry one.
    package init?(_ quality: Quality) {
        switch quality {
        case .good, .substituted: return nil
        case .noReply, .checksum, .wrongAnswer, .exception, .noValue, .outOfRange, .sensorBroken: self = .device
        case .portLost: self = .port
        case .stale: self = .overload
        // The agent is there but has not asked: nothing else is to blame.
        case .notYetRead: self = .agentOff
        }
    }
}
