internal import GatewayModel

/// In which order a CJ/T 188 meter takes the bytes of an identifier: tried until it has answered.
struct KnownOrder: Hashable, Sendable {
    /// The order of 2004 first: most meters of heat stations are of that edition.
    var order = IdentifierOrder.highFirst
    var isCertain = false

    mutating func answered() { isCertain = true }

    /// It may have been the order: the next request tries the other one.
    mutating func failed() {
        guard !isCertain else { return }
        order = order == .highFirst ? .lowFirst : .highFirst
    }
}
