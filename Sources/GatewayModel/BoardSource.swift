/// Which of the board's own values a point is: a wire (device `io`) or a vital (device `gateway`).
package enum BoardSource: Hashable, Sendable {
    /// A state input: 0 inactive, 1 active.
    case input
    /// The total of an input's pulses.
    case counter
    /// What an output is set to.
    case output
    case vital(BoardVital)

    package var type: RegisterType {
        switch self {
        case .input, .output, .vital(.link), .vital(.modemLink): .bool
        case .counter, .vital: .int64
        }
    }

    package var text: String {
        switch self {
        case .input: "input"
        case .counter: "counter"
        case .output: "output"
        case .vital(let vital): vital.rawValue
        }
    }
}

/// How the board itself is. What a board has no sensor for gives no readings.
package enum BoardVital: String, CaseIterable, Sendable {
    /// The hottest thermal zone, in thousandths of a degree Celsius.
    case temperature
    /// The supply's voltage, in millivolts.
    case supply
    /// Room left for the state directory, in MiB.
    case diskFree = "disk_free"
    /// Percent of the state directory's file system that is taken.
    case diskUsed = "disk_used"
    /// Tasks that run or wait to, averaged over a minute, in hundredths.
    case load
    /// In MiB.
    case memoryAvailable = "memory_available"
    /// An Ethernet or wireless interface has a link.
    case link
    /// A modem's interface has one.
    case modemLink = "modem_link"
    /// The modem's reception in percent, as ModemManager tells.
    case modemSignal = "modem_signal"

    package var unit: String {
        switch self {
        case .temperature: "C"
        case .supply: "V"
        case .diskFree, .memoryAvailable: "MiB"
        case .diskUsed, .modemSignal: "%"
        case .load, .link, .modemLink: ""
        }
    }

    /// Of the raw value.
    package var scale: DecimalNumber {
        switch self {
        case .temperature, .supply: DecimalNumber(significand: 1, exponent: -3)
        case .load: DecimalNumber(significand: 1, exponent: -2)
        default: .one
        }
    }
}
