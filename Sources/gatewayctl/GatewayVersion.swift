/// The version that `--version` prints.
enum GatewayVersion {
    static let text = "gatewayctl 0.1.0"
}
