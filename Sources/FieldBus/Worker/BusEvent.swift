internal import GatewayModel

/// A change of state that a person wants to read of once.
enum BusEvent: Hashable, Sendable {
    case deviceSilent(device: String, Quality)
    case deviceBack(device: String)
    case pointUnsupported(PointIndex, code: UInt8)
    case learnt(device: String, RequestTurn.Lesson)
}
