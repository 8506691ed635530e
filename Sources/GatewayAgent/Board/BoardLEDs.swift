internal import GatewayModel
internal import Glibc
internal import Logging
internal import ThreadExecutor

/// Drives the board's lights through the kernel's files (Documentation/leds/leds-class.rst of Linux), on a thread of its
/// own: a light behind I2C may hold it.
///
/// Blinking is done here and not by the kernel's trigger `timer`, which would blink on for a daemon that stands still.
/// A light is written when it changes: at most twice a second.
actor BoardLEDs {
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private nonisolated let executor = ThreadExecutor(name: "leds", stackSize: 64 << 10)

    /// Half a blink.
    static let step: Nanoseconds = .milliseconds(500)
    /// A light that could not be written is left alone for so long.
    static let pause: Nanoseconds = .seconds(60)

    private struct LED {
        let description: LEDDescription
        /// nil: not written yet, or not for sure.
        var isOn: Bool?
        var pausedUntil: BootTime?
        var hasFailed = false
    }

    private var leds: [LED]
    private let root: String
    private let logger: Logger
    private var isBright = false

    /// nil: the board has none.
    /// - Parameter root: before `/sys`; for tests.
    init?(_ descriptions: [LEDDescription], root: String = "", logger: Logger) {
        guard !descriptions.isEmpty else { return nil }
        leds = descriptions.map { LED(description: $0) }
        self.root = root
        self.logger = logger
    }

    /// One step of what is blinking; the other lights as they are meant.
    /// - Returns: until the next call.
    func show(_ signs: BoardSigns, at now: BootTime) -> Duration {
        isBright.toggle()
        for place in leds.indices {
            switch signs.light(of: leds[place].description.sign) {
            case .off: set(place, false, now)
            case .on: set(place, true, now)
            case .blinking: set(place, isBright, now)
            }
        }
        return .nanoseconds(Self.step)
    }

    private func set(_ place: Int, _ isOn: Bool, _ now: BootTime) {
        let led = leds[place]
        guard led.isOn != isOn, led.pausedUntil.map({ $0 <= now }) ?? true else { return }
        let path = root + led.description.path
        // A trigger would go on writing it. Not every kernel has them.
        if led.isOn == nil { _ = SystemFile.write("none", to: path + "/trigger") }
        // Any value above a light's own maximum is that maximum.
        let number = SystemFile.write(isOn ? "255" : "0", to: path + "/brightness")
        leds[place].isOn = number == 0 ? isOn : nil
        leds[place].pausedUntil = number == 0 ? nil : now + Self.pause
        if number != 0, !led.hasFailed {
            logger.warning(
                "a light of the board cannot be set",
                metadata: ["led": "\(path)", "reason": "\(String(cString: strerror(number)))"])
        }
        leds[place].hasFailed = number != 0
    }

    /// All off. After the last ``show(_:at:)``.
    func goDark(at now: BootTime) { _ = show(.dark, at: now) }

    /// Blocks for as long as a light does.
    nonisolated func stop() { executor.shutdown() }
}
