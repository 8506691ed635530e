package import GatewayModel

/// A search through addresses, settings and protocols: what to ask next, what was found, how much is left. A value
/// without clock or wire, so that it can stop anywhere and go on later (``text``).
///
/// Two passes with one result. The fast one waits 50 ms for each Modbus address, so that 247 of them take 18 s at 9600
/// baud; whoever answers later is heard while a later address is asked, since answers carry their address, or, when the
/// two meet, is among those who are asked again at once. The slow pass waits 300 ms for those who were not found.
///
/// Meters are asked for all together, at each setting before the addresses; where several answer at once, questions
/// follow that call fewer of them.
package struct ScanPlan: Hashable, Sendable {
    package static let fastTimeout: Nanoseconds = .milliseconds(50)
    package static let slowTimeout: Nanoseconds = .milliseconds(300)
    /// Nobody has more on one line.
    package static let mostFindings = 512
    /// Questions that answers may lead to, so that noise does not make a search endless: 20 meters or so to tell apart.
    package static let mostFollowUps = 3_000
    /// What meters leave the factory with, all three protocols.
    package static let meterFormat = SerialFormat(baud: 2_400, parity: .even)

    package enum Pass: String, CaseIterable, Sendable { case fast, slow }

    package let formats: [SerialFormat]
    /// Tried too, for meters only.
    package let meterFormats: [SerialFormat]
    /// Of Modbus; of M-Bus when nothing else is searched.
    package let addresses: ClosedRange<UInt8>
    package let passes: [Pass]
    package let protocols: [ScanProtocol]
    /// Addresses that need no question: those of the config.
    package let known: Set<UInt8>

    /// In the order of one pass at one setting: meters, then addresses.
    private let targets: [ScanTarget]
    private let meterTargets: Int

    /// Planned questions that were asked or skipped.
    var planned = 0
    /// What answers led to: asked, and still to be asked.
    var followUps = 0
    var pending: [ScanStep] = []
    /// Addresses that were asked once more since what came was garbled; at most ``mostFollowUps``.
    var suspects: Set<ScanStep> = []
    package private(set) var findings: [ScanFinding] = []

    package init(
        formats: [SerialFormat], meterFormats: [SerialFormat] = [], addresses: ClosedRange<UInt8> = 1...247,
        passes: [Pass] = [.fast, .slow], protocols: [ScanProtocol] = ScanProtocol.allCases, known: Set<UInt8> = []
    ) {
        self.formats = formats
        self.meterFormats = meterFormats.filter { !formats.contains($0) }
        self.addresses = addresses
        self.passes = passes
        self.protocols = protocols
        self.known = known
        var targets: [ScanTarget] = []
        if protocols.contains(.dlt645) { targets.append(.anyDLT645) }
        if protocols.contains(.cjt188) {
            targets += [true, false].flatMap { data in IdentifierOrder.allCases.map { .cjt188($0, data: data) } }
        }
        if protocols.contains(.mbus) { targets.append(.anyMBus) }
        if protocols == [.mbus] { targets += addresses.filter { $0 <= 250 }.map { .mbus(address: $0) } }
        meterTargets = targets.count
        if protocols.contains(.modbus) { targets += addresses.map { .modbus(unit: $0) } }
        self.targets = targets
        skipSettled()
    }

    /// Reads registers of devices that were found: which of them they have. No passes, no addresses.
    package init(reading registers: [ScanTarget], format: SerialFormat) {
        self.init(formats: [format], passes: [], protocols: [])
        pending = registers.prefix(Self.mostFindings).map { ScanStep($0, format, isPatient: true) }
    }

    /// Questions asked or skipped, of ``total``.
    package var position: Int { planned + followUps }
    package var total: Int { passes.count * perPass + followUps + pending.count }

    package var isOver: Bool { position == total }

    var perPass: Int { formats.count * targets.count + meterFormats.count * meterTargets }

    /// The next question; nil: the search is over. It stays the next until ``answered(_:heard:)``.
    package func next() -> ScanStep? { pending.first ?? step(at: planned) }

    mutating func skipSettled() {
        while let step = pending.first, isSettled(step) { pending.removeFirst() }
        guard pending.isEmpty else { return }
        while let step = step(at: planned), isSettled(step) { planned += 1 }
    }

    /// What the question that ``next()`` gave came to.
    ///
    /// - Parameter heard: bytes that came, of whatever kind.
    package mutating func answered(_ found: [ScanFinding], heard: Int) {
        guard let step = next() else { return }
        if pending.isEmpty {
            planned += 1
        } else {
            pending.removeFirst()
            followUps += 1
        }
        for finding in found where !isLate(finding, step) { note(finding) }
        follow(step, isFound: !found.isEmpty, heard: heard)
        skipSettled()
    }

    /// True for the answer to a question before this one, whose device is asked again with patience, once.
    private mutating func isLate(_ finding: ScanFinding, _ step: ScanStep) -> Bool {
        guard case .modbus(let unit) = finding.identity, step.target != .modbus(unit: unit) else { return false }
        return askAgain(unit, step.format)
    }

    mutating func note(_ finding: ScanFinding) {
        let isKnown = findings.contains { $0.identity == finding.identity && $0.format == finding.format }
        if !isKnown, findings.count < Self.mostFindings { findings.append(finding) }
    }

    /// How long the rest takes if nobody else is found.
    package var timeLeft: Nanoseconds {
        let later = (planned..<max(planned, passes.count * perPass)).reduce(Nanoseconds(0)) { sum, position in
            guard let step = step(at: position), !isSettled(step) else { return sum }
            return sum + step.cost
        }
        return pending.reduce(later) { $0 + $1.cost }
    }

    // MARK: - The order: pass, settings, target

    private func step(at position: Int) -> ScanStep? {
        guard perPass > 0, position < passes.count * perPass else { return nil }
        let isPatient = passes[position / perPass] == .slow
        let place = position % perPass
        let main = formats.count * targets.count
        if place < main {
            return ScanStep(targets[place % targets.count], formats[place / targets.count], isPatient: isPatient)
        }
        let (format, target) = ((place - main) / meterTargets, (place - main) % meterTargets)
        return ScanStep(targets[target], meterFormats[format], isPatient: isPatient)
    }

    /// Found already, or of the config.
    private func isSettled(_ step: ScanStep) -> Bool {
        switch step.target {
        case .modbus(let unit): known.contains(unit) || has(step) { $0 == .modbus(unit: unit) }
        case .mbus(let address):
            address != MBusRequest.any
                && has(step) { if case .mbus(address, _) = $0 { true } else { false } }
        // Who told its data told its address.
        case .cjt188(_, let data): !data && has(step) { if case .cjt188 = $0 { true } else { false } }
        case .dlt645, .mbusSelect, .mbusRead, .registers: false
        }
    }

    func has(_ step: ScanStep, _ isIt: (ScanFinding.Identity) -> Bool) -> Bool {
        findings.contains { $0.format == step.format && isIt($0.identity) }
    }
}
