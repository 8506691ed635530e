internal import BusPlanning
package import GatewayModel

/// What is on the line beside the answers that are waited for.
extension BusConversation {
    /// Noise of a driver that lets go of a line without bias comes within 2 ms; the rest is for a thread that wakes late.
    private static let soon: Nanoseconds = .milliseconds(20)

    /// What came while nobody was asked.
    ///
    /// - Parameter quietSince: the end of what was on the line before.
    mutating func overheard(_ pieces: [RTULink.Piece], quietSince: BootTime) {
        var heard = Overheard()
        var strays: [StrayFrame] = []
        for piece in pieces {
            heard.noteIdle(piece.piece)
            if case .frame(let bytes) = piece.piece {
                strays += FrameScan(bytes, for: nil).strays.map { $0.heard(at: piece.begin) }
            }
        }
        noteStrays(strays)
        let isSoon = pieces.first.map { $0.begin - quietSince < Self.soon } ?? true
        health.line.noteIdle(heard, isSoon: isSoon) { deviceOfUnit[$0] != nil }
        if heard.idleNoise > 0 { health.wasDisturbed = true }
    }

    /// Sound answers that nobody waits for now: late ones, a second device's, or of one that speaks unasked.
    mutating func noteStrays(_ strays: [StrayFrame]) {
        for stray in strays {
            guard let device = deviceOfUnit[stray.unit] else { continue }
            let isExpected = late[device].expects(stray)
            let isLate = isExpected || schedule.isSilent(device)
            health.noteStray(
                stray, of: device, isLate: isLate, timeout: devices[device].responseTimeout ?? bus.responseTimeout)
            guard isLate else { continue }
            counters[device].lateAnswers += 1
            answeredLate.insert(device)
        }
    }

    /// What ran in the station while this was on the line.
    package mutating func note(_ transaction: Transaction, while states: [PointIndex: Bool]) {
        health.note(transaction, while: states)
    }
}
