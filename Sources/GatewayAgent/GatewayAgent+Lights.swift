internal import GatewayModel
internal import Storage
internal import Uplink

extension GatewayAgent {
    /// Between two looks at what the lights tell; blinking is faster.
    private static let lookEvery: Nanoseconds = .seconds(2)

    /// Shows how the daemon is, on a board that has lights.
    func showLights() {
        guard let leds else { return }
        let parts = parts()
        let (time, path) = (time, path)
        let wanted = zip(configuration.uplinks, receivers).filter { $0.0.must }.map(\.1)
        let asked = wanted.isEmpty ? receivers : wanted
        tasks.append(
            Task {
                var signs = BoardSigns.dark
                var due = time.bootTime()
                while !Task.isCancelled {
                    let now = time.bootTime()
                    if now >= due {
                        signs = BoardSigns(
                            isStalled: parts.contains { $0.isStalled(at: now) },
                            storeFails: path.isVolatile || path.outbox.status.trouble != nil,
                            hasAlarms: !path.alarms.active.isEmpty, connected: asked.map(\.status.connected))
                        due = now + Self.lookEvery
                    }
                    let pause = await leds.show(signs, at: now)
                    try? await Task.sleep(for: pause)
                }
            })
    }
}
