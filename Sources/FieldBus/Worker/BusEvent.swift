internal import GatewayModel

/// A change of state that a person wants to read of once.
enum BusEvent: Hashable, Sendable {
    case deviceSilent(device: String, Quality)
    case deviceBack(device: String)
    case pointUnsupported(PointIndex, code: UInt8)
    case learnt(device: String, RequestTurn.Lesson)
    /// Another device answers, or the expected one again.
    case identity(device: String, expected: String, seen: String)
}
