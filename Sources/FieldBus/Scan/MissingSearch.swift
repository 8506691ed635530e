internal import GatewayModel

/// Looks for devices that have never answered: at their address with other settings, and at other addresses. It is what
/// tells "wrong baud rate" and "wrong address" from "dead". Pure.
///
/// Bound: only in idle time, at most a fifth of it; each device's 17 other settings and the bus's free addresses once
/// in 24 h.
struct MissingSearch: Sendable {
    static let timeout: Nanoseconds = .milliseconds(200)
    /// Idle time that follows each question, in times of its cost.
    static let restPerCost: Int64 = 4
    static let again: Nanoseconds = .seconds(24 * 3_600)

    private struct Progress: Sendable {
        /// Settings still to try, next first.
        var formats: [SerialFormat]
        var tries = 0
    }

    enum Question: Hashable {
        case settings(device: Int)
        case address
    }

    private let format: SerialFormat
    private let units: [UInt8]
    private var devices: [Int: Progress] = [:]
    private var freeAddresses: [UInt8]
    private var restUntil = BootTime(nanoseconds: 0)
    private var begunAt: BootTime?
    private var turnsToAddress = false
    /// Settings at which somebody was found: tried first for the next device.
    private var lucky: [SerialFormat] = []

    private(set) var findings: [Int: BusCase.Finding] = [:]
    /// Free addresses at which somebody answered.
    private(set) var strangers: [UInt8] = []

    init(format: SerialFormat, units: [UInt8]) {
        self.format = format
        self.units = units
        freeAddresses = Self.free(units)
    }

    private static func free(_ units: [UInt8]) -> [UInt8] { (1...247).filter { !units.contains($0) } }

    func tries(of device: Int) -> Int {
        (devices[device]?.tries ?? 0) + (Self.free(units).count - freeAddresses.count)
    }

    /// What to ask now; nil: nothing, or not yet.
    ///
    /// - Parameters:
    ///   - missing: devices that are silent and have never answered.
    ///   - idle: how long nothing else is to be asked.
    mutating func next(missing: [Int], now: BootTime, idle: Nanoseconds) -> (Question, ScanStep)? {
        guard !missing.isEmpty, now >= restUntil else { return nil }
        if let begun = begunAt, now - begun > Self.again { startOver() }
        if begunAt == nil { begunAt = now }
        for device in missing where devices[device] == nil {
            let first = lucky.filter { $0 != format }
            devices[device] = Progress(formats: first + format.alternatives.filter { !first.contains($0) })
        }
        turnsToAddress.toggle()
        let settings = missing.first { findings[$0] == nil && devices[$0]?.formats.isEmpty == false }
        let isAddress = (turnsToAddress || settings == nil) && !freeAddresses.isEmpty
        let question: (Question, ScanStep)? =
            if isAddress, let unit = freeAddresses.first, missing.contains(where: { findings[$0] == nil }) {
                (.address, ScanStep(.modbus(unit: unit), format, timeout: Self.timeout))
            } else if let device = settings, let other = devices[device]?.formats.first {
                (
                    .settings(device: device),
                    ScanStep(.modbus(unit: units[device]), other, timeout: Self.timeout)
                )
            } else {
                nil
            }
        guard let question, question.1.cost + .milliseconds(50) < idle else { return nil }
        return question
    }

    /// - Parameter took: how long the question kept the line.
    mutating func answered(
        _ question: Question, _ step: ScanStep, _ found: [ScanFinding], took: Nanoseconds, now: BootTime
    ) {
        restUntil = now + Self.restPerCost * max(took, step.cost)
        let heard: [UInt8] = found.compactMap {
            if case .modbus(let unit) = $0.identity { unit } else { nil }
        }
        switch question {
        case .settings(let device):
            devices[device]?.tries += 1
            devices[device]?.formats.removeFirst()
            guard heard.contains(units[device]) else { return }
            findings[device] = BusCase.Finding(unit: units[device], format: step.format)
            if !lucky.contains(step.format) { lucky.append(step.format) }
            for other in devices.keys {
                devices[other]?.formats.removeAll { $0 == step.format }
                devices[other]?.formats.insert(step.format, at: 0)
            }
        case .address:
            freeAddresses.removeFirst()
            for unit in heard where !units.contains(unit) && !strangers.contains(unit) && strangers.count < 8 {
                strangers.append(unit)
            }
        }
    }

    private mutating func startOver() {
        devices = [:]
        freeAddresses = Self.free(units)
        begunAt = nil
        strangers = []
    }
}
