internal import FieldBus
internal import GatewayModel

/// What lies at the far end of the buses: meters that go on whatever becomes of the gateway, and what ails them.
struct FieldWorld: Sendable {
    enum Ailment: CaseIterable, Sendable { case silent, spoils, refuses }

    private struct Ill: Sendable {
        var ailment: Ailment
        var until: Nanoseconds
    }

    private var ill: [String: Ill] = [:]
    private var portLostUntil: [String: Nanoseconds] = [:]

    mutating func fallIll(_ device: String, _ ailment: Ailment, until: Nanoseconds) {
        ill[device] = Ill(ailment: ailment, until: until)
    }

    mutating func losePort(_ bus: String, until: Nanoseconds) { portLostUntil[bus] = until }

    mutating func healAll() { self = FieldWorld() }

    func ailment(of device: String, at truth: Nanoseconds) -> Ailment? {
        ill[device].flatMap { truth < $0.until ? $0.ailment : nil }
    }

    func portIsLost(_ bus: String, at truth: Nanoseconds) -> Bool { truth < portLostUntil[bus] ?? 0 }

    /// What a register holds at a moment: a slow wave with noise in its last digits, never the same for long.
    static func register(_ device: String, _ address: UInt16, at truth: Nanoseconds) -> UInt16 {
        let kind = device.utf8.reduce(UInt64(address)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let minutes = UInt64(truth / .minutes(1))
        let phase = (minutes + kind % 720) % 720
        let noise = ((kind ^ UInt64(truth / .milliseconds(1))) &* 0x9e37_79b9_7f4a_7c15) >> 62
        return UInt16(2_000 + kind % 4_000 + min(phase, 720 - phase) + noise)
    }
}
