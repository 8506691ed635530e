internal import GatewayModel

/// What numbers may be.
enum Bounds {
    static let unit: ClosedRange<Int64> = 1...247
    static let tcpUnit: ClosedRange<Int64> = 0...255
    static let registers: ClosedRange<Int64> = 1...125
    static let bits: ClosedRange<Int64> = 1...2000
    static let period: ClosedRange<Nanoseconds> = .milliseconds(100) ... .seconds(86_400)
    static let responseTimeout: ClosedRange<Nanoseconds> = .milliseconds(10) ... .seconds(60)
    static let guardTime: ClosedRange<Nanoseconds> = 0 ... .seconds(10)
    static let retries: ClosedRange<Int64> = 0...3
    static let meterOffset: ClosedRange<Int64> = 0...199
    static let meterBytes: ClosedRange<Int64> = 1...9
    static let meterDecimals: ClosedRange<Int64> = 0...9
    static let meterAnswer: ClosedRange<Int64> = 4...100
    static let meterTypes: ClosedRange<Int64> = 0...255
    static let recordPlace: ClosedRange<Int64> = 1...1_000
    /// What DIF and its extensions can say.
    static let storage: ClosedRange<Int64> = 0...(1 << 41) - 1
    static let tariff: ClosedRange<Int64> = 0...(1 << 20) - 1
    static let subunit: ClosedRange<Int64> = 0...1_023
    static let mbusAddress: ClosedRange<Int64> = 0...250
    static let turnaround: ClosedRange<Nanoseconds> = 0 ... .seconds(60)
    static let maxSilence: ClosedRange<Nanoseconds> = .seconds(1) ... .seconds(86_400)
    static let storeSize: ClosedRange<Int64> = 1 << 20...64 << 30
    static let storeAge: ClosedRange<Nanoseconds> = .seconds(3_600) ... .seconds(3_650 * 86_400)
    static let storeSeal: ClosedRange<Nanoseconds> = .seconds(1) ... .seconds(3_600)
    static let watchdog: ClosedRange<Nanoseconds> = .seconds(1) ... .seconds(600)
    static let debounce: ClosedRange<Nanoseconds> = 0 ... .seconds(10)
    static let maxOn: ClosedRange<Nanoseconds> = .milliseconds(100) ... .seconds(86_400)
    static let lineOffset: ClosedRange<Int64> = 0...1023
    /// Each.
    static let inputsOrOutputs = 64
    static let portNumber: ClosedRange<Int64> = 1...65_535
    /// What the kernel's termios knows.
    static let bauds = [
        300, 600, 1200, 1800, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 500_000, 576_000,
        921_600,
    ]
    static let formats = ["8N1", "8E1", "8O1", "8N2"]
    static let receivers = 1...4
    /// Percent.
    static let backlogShare: ClosedRange<Int64> = 1...100
    static let buses = 32
    static let alarms = 256
    static let alarmDelay: ClosedRange<Nanoseconds> = 0 ... .seconds(86_400)
    static let points = 20_000
}
