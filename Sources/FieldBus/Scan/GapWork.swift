internal import GatewayModel

/// What a bus does in the gaps of its polling: a technician's search, and the one for devices that never answered. Pure.
struct GapWork: Sendable {
    enum Question: Hashable {
        case scan
        case missing(MissingSearch.Question)
    }

    /// A search that found no gap for so long takes its turn between two requests.
    static let longestWait: Nanoseconds = .seconds(2)

    private(set) var scan: ScanPlan?
    private(set) var missing: MissingSearch?
    private var lastStep: BootTime

    init(_ bus: BusConfiguration, _ devices: [DeviceConfiguration], now: BootTime) {
        lastStep = now
        guard case .serial(_, let format) = bus.connection, devices.allSatisfy({ $0.address.isModbus }) else { return }
        missing = MissingSearch(format: format, units: devices.map(\.unit))
    }

    /// Begins a search, unless one is going on.
    mutating func start(_ plan: ScanPlan, now: BootTime) {
        guard scan?.isOver ?? true else { return }
        scan = plan
        lastStep = now
    }

    /// What to ask now; nil: nothing that fits.
    ///
    /// - Parameters:
    ///   - idle: how long the schedule wants nothing; 0 when a request is due.
    ///   - missing: places of devices that are silent and have never answered.
    mutating func next(now: BootTime, idle: Nanoseconds, missing places: [Int]) -> (Question, ScanStep)? {
        if let step = scan?.next() {
            // An answer to it may take some characters more.
            let fits = step.cost + .milliseconds(30) < idle
            return fits || now - lastStep > Self.longestWait ? (.scan, step) : nil
        }
        guard idle > 0 else { return nil }
        return missing?.next(missing: places, now: now, idle: idle).map { (.missing($0.0), $0.1) }
    }

    mutating func heard(
        _ question: Question, _ step: ScanStep, _ found: [ScanFinding], bytes: Int, took: Nanoseconds, now: BootTime
    ) {
        lastStep = now
        switch question {
        case .scan: scan?.answered(found, heard: bytes)
        case .missing(let question): missing?.answered(question, step, found, took: took, now: now)
        }
    }
}
