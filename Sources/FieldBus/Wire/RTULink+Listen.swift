internal import GatewayModel

/// Listening without sending one byte.
extension RTULink {
    enum Listened: Hashable {
        /// Sound frames and noise in the order in which they came, each with its begin, computed.
        case pieces([Piece])
        case nothing
        case stopped
        case lost(LinkError)
    }

    struct Piece: Hashable {
        var piece: FrameCutter.Piece
        var begin: BootTime
        var end: BootTime
    }

    /// Waits for bytes until `limit`, then takes what comes until the line is silent.
    func listen(until limit: BootTime) -> Listened {
        switch wait.wait(for: descriptor, until: limit) {
        case .stopped: return .stopped
        case .timedOut: return .nothing
        case .hungUp: return .lost(LinkError(description: "poll: the port is gone"))
        case .ready: break
        }
        let heard = drain()
        switch heard.failure {
        case .lost(let reason)?: return .lost(reason)
        case .some: return .stopped
        case nil: break
        }
        var pieces: [Piece] = []
        var offset = 0
        for piece in FrameCutter.cut(heard.bytes) {
            let begin = heard.begin + pace.characters(offset)
            offset += piece.bytes.count
            pieces.append(Piece(piece: piece, begin: begin, end: heard.begin + pace.characters(offset)))
            recorder.record(.unasked, at: begin, piece.bytes)
        }
        silentSince = heard.end
        return pieces.isEmpty ? .nothing : .pieces(pieces)
    }
}
