package import GatewayModel

/// A search through addresses, settings and protocols: what to ask next, what was found, how much is left. A value
/// without clock or wire, so that it can stop anywhere and go on later (``text``).
///
/// Two passes with one result. The fast one waits 50 ms for each address, so that 247 of them take 17 s at 9600 baud;
/// whoever answers later is often heard while the next is asked, since answers carry their address. The slow one waits
/// 300 ms for those who were not found.
package struct ScanPlan: Hashable, Sendable {
    package static let fastTimeout: Nanoseconds = .milliseconds(50)
    package static let slowTimeout: Nanoseconds = .milliseconds(300)
    /// Nobody has more on one line.
    package static let mostFindings = 512

    package enum Pass: String, CaseIterable, Sendable { case fast, slow }

    package let formats: [SerialFormat]
    package let addresses: ClosedRange<UInt8>
    package let passes: [Pass]
    /// Ask for DL/T 645, CJ/T 188 and M-Bus too.
    package let allProtocols: Bool
    /// Addresses that need no question: those of the config.
    package let known: Set<UInt8>

    /// In the order of one pass at one setting.
    private let targets: [ScanStep.Target]

    /// Questions asked or skipped.
    package private(set) var position = 0
    package private(set) var findings: [ScanFinding] = []

    package init(
        formats: [SerialFormat], addresses: ClosedRange<UInt8> = 1...247, passes: [Pass] = [.fast, .slow],
        allProtocols: Bool = false, known: Set<UInt8> = []
    ) {
        self.formats = formats
        self.addresses = addresses
        self.passes = passes
        self.allProtocols = allProtocols
        self.known = known
        let modbus = addresses.map { ScanStep.Target.modbus(unit: $0) }
        let mbus = addresses.filter { $0 <= 250 }.map { ScanStep.Target.mbus(address: $0) }
        targets = allProtocols ? [.dlt645, .cjt188(.lowFirst), .cjt188(.highFirst)] + modbus + mbus : modbus
    }

    /// The next question; nil: the search is over. It stays the next until ``answered(_:)``.
    package mutating func next() -> ScanStep? {
        while let step = step(at: position) {
            if !isSettled(step) { return step }
            position += 1
        }
        return nil
    }

    /// What the question that ``next()`` gave came to.
    package mutating func answered(_ found: [ScanFinding]) {
        position += 1
        for finding in found where findings.count < Self.mostFindings {
            let isKnown = findings.contains { $0.identity == finding.identity && $0.format == finding.format }
            if !isKnown { findings.append(finding) }
        }
    }

    package var total: Int { passes.count * formats.count * targets.count }

    /// How long the rest takes if nobody else is found.
    package var timeLeft: Nanoseconds {
        guard position < total else { return 0 }
        return (position..<total).reduce(0) { sum, position in
            guard let step = step(at: position), !isSettled(step) else { return sum }
            return sum + step.cost
        }
    }

    // MARK: - The order: pass, settings, target

    private func step(at position: Int) -> ScanStep? {
        guard position < total else { return nil }
        let pass = passes[position / (formats.count * targets.count)]
        let format = formats[position / targets.count % formats.count]
        let target = targets[position % targets.count]
        // One question for all: the answer may take a while.
        var timeout = pass == .fast ? Self.fastTimeout : Self.slowTimeout
        switch target {
        case .dlt645, .cjt188: timeout = Self.slowTimeout + .milliseconds(200)
        case .modbus, .mbus: break
        }
        return ScanStep(target, format, timeout: timeout)
    }

    /// Found already, or of the config.
    private func isSettled(_ step: ScanStep) -> Bool {
        switch step.target {
        case .modbus(let unit):
            known.contains(unit)
                || findings.contains { $0.identity == .modbus(unit: unit) && $0.format == step.format }
        case .mbus(let address):
            findings.contains { $0.identity == .mbus(address: address) && $0.format == step.format }
        case .dlt645, .cjt188: false
        }
    }

    // MARK: - Going on later

    /// Where it is and what it has found, a few lines of text.
    package var text: String {
        let lines = findings.map { finding in
            "\(finding.identity.text) \(finding.format.text) \(finding.turnaround / 1_000) \(finding.refused ? 1 : 0)"
        }
        return (["scan 1 \(position) of \(total)"] + lines).joined(separator: "\n") + "\n"
    }

    /// Goes on where `text` was made. False: it is of another search; nothing is changed.
    package mutating func resume(_ text: String) -> Bool {
        let lines = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        guard let head = lines.first, head.count == 5, head[0] == "scan", head[1] == "1", let at = Int(head[2]),
            let of = Int(head[4]), of == total, (0...total).contains(at)
        else { return false }
        position = at
        findings = lines.dropFirst().prefix(Self.mostFindings).compactMap { words in
            guard words.count == 5, let identity = ScanFinding.Identity(text: words[0]),
                let format = SerialFormat(words: words[1], words[2]), let microseconds = Int64(words[3]),
                (0...60_000_000).contains(microseconds)
            else { return nil }
            return ScanFinding(identity, format, turnaround: microseconds * 1_000, refused: words[4] == "1")
        }
        return true
    }
}

extension ScanFinding.Identity {
    /// `modbus:12`, `dlt645:000012345678`, `cjt188:10:00000000123456`, `m-bus:5`
    package var text: String {
        switch self {
        case .modbus(let unit): "modbus:\(unit)"
        case .dlt645(let address): "dlt645:\(address)"
        case .cjt188(let address, let type): "cjt188:\(type):\(address)"
        case .mbus(let address): "m-bus:\(address)"
        }
    }

    init?(text: String) {
        let parts = text.split(separator: ":").map(String.init)
        switch (parts.first, parts.count) {
        case ("modbus", 2): guard let unit = UInt8(parts[1]) else { return nil }; self = .modbus(unit: unit)
        case ("m-bus", 2): guard let address = UInt8(parts[1]) else { return nil }; self = .mbus(address: address)
        case ("dlt645", 2): self = .dlt645(address: parts[1])
        case ("cjt188", 3):
            guard let type = UInt8(parts[1]) else { return nil }; self = .cjt188(address: parts[2], type: type)
        default: return nil
        }
    }
}

extension SerialFormat {
    /// `9600` and `8N1`; nil: not so.
    package init?(words baud: String, _ shape: String) {
        let letters = shape.map(String.init)
        guard let baud = Int(baud), (300...921_600).contains(baud), letters.count == 3, let bits = Int(letters[0]),
            (7...8).contains(bits), let parity = Parity(rawValue: letters[1]), let stops = Int(letters[2]),
            (1...2).contains(stops)
        else { return nil }
        self.init(baud: baud, dataBits: bits, parity: parity, stopBits: stops)
    }

    /// In the order of how often they are met: the own rate with other parities, then other rates.
    package var alternatives: [SerialFormat] {
        let parities: [(Parity, Int)] = [(.none, 1), (.even, 1), (.odd, 1), (.none, 2)]
        let bauds = [baud] + [9_600, 19_200, 2_400, 4_800, 38_400, 115_200, 57_600, 1_200].filter { $0 != baud }
        let all = bauds.flatMap { baud in
            parities.prefix(baud == self.baud ? 4 : 2).map {
                SerialFormat(baud: baud, parity: $0.0, stopBits: $0.1)
            }
        }
        return all.filter { $0 != self }
    }
}
