package enum AddressFamily: Equatable, Sendable {
    case v4, v6

    /// The address to bind to so that only remote addresses of this family are tried.
    var wildcard: String {
        switch self {
        case .v4: "0.0.0.0"
        case .v6: "::"
        }
    }
}
