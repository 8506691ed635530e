internal import FieldBus
internal import GatewayModel

/// What `gatewayctl scan BUS` asks: begins a search in the gaps of the polling, or tells how far it is.
///
/// `scan BUS start [addresses A-B] [fast] [protocols A,B] [serial 9600,8N1,...] [all]`, or, to learn which registers a
/// device has, `scan BUS read 9600,8N1 registers:UNIT:TABLE:ADDRESS:COUNT ...`; then `scan BUS`: `POSITION TOTAL FOUND
/// SECONDS-LEFT` and a line for each finding.
struct ScanRequest {
    var workers: [BusWorker]
    var configuration: GatewayConfiguration

    /// - Parameter words: what follows `scan`.
    func bytes(_ words: [String]) -> [UInt8] { Array(text(words).utf8) }

    private func text(_ words: [String]) -> String {
        guard let name = words.first, let index = workers.firstIndex(where: { $0.id == name }) else {
            return "error: no bus \"\(words.first ?? "")\"; known: \(workers.map(\.id).joined(separator: ", "))\n"
        }
        let bus = configuration.buses[index]
        guard words.count > 1 else { return progress(workers[index].status.scan, bus.id) }
        guard case .serial(_, let format) = bus.connection, !bus.isListenOnly else {
            return "error: only a serial bus that this gateway polls can be searched\n"
        }
        let rest = words.dropFirst(2)
        guard let plan = words[1] == "read" ? reading(rest) : words[1] == "start" ? search(rest, bus, format) : nil
        else {
            return "error: usage: scan BUS [start [addresses A-B] [fast] [protocols A,B] [serial 9600,8N1] [all]]\n"
        }
        workers[index].search(plan)
        return "started\n"
    }

    private func progress(_ scan: ScanPlan?, _ bus: String) -> String {
        guard let scan else { return "0 1 0 0\n" }
        let found = scan.findings.filter { !isKnown($0.identity, bus) }
        let head = "\(scan.position) \(scan.total) \(found.count) \(scan.timeLeft / 1_000_000_000)\n"
        return head + found.map { $0.text + "\n" }.joined()
    }

    private func reading(_ words: ArraySlice<String>) -> ScanPlan? {
        guard let setting = words.first, let format = formats(setting)?.first else { return nil }
        return ScanPlan(reading: words.dropFirst().compactMap { ScanTarget(registers: $0) }, format: format)
    }

    private func search(_ words: ArraySlice<String>, _ bus: BusConfiguration, _ format: SerialFormat) -> ScanPlan? {
        var words = words
        var addresses: ClosedRange<UInt8> = 1...247
        var (passes, formats, meterFormats) = (ScanPlan.Pass.allCases, [format], [ScanPlan.meterFormat])
        var protocols = ScanProtocol.allCases
        while let word = words.popFirst() {
            switch word {
            case "fast": passes = [.fast]
            case "all": formats += formats[0].alternatives.filter { !formats.contains($0) }
            case "serial":
                guard let list = self.formats(words.popFirst() ?? "") else { return nil }
                (formats, meterFormats) = (list, [])
            case "protocols":
                protocols = (words.popFirst() ?? "").split(separator: ",").compactMap {
                    ScanProtocol(rawValue: "\($0)")
                }
            case "addresses":
                let ends = (words.popFirst() ?? "").split(separator: "-").map { UInt8($0) }
                guard ends.count <= 2, let low = ends.first ?? nil, let high = ends.last ?? nil, 1 <= low, low <= high,
                    high <= 247
                else { return nil }
                addresses = low...high
            default: return nil
            }
        }
        let known = configuration.devices.filter { $0.bus == bus.id && $0.address.isModbus }.map(\.unit)
        return ScanPlan(
            formats: formats, meterFormats: meterFormats, addresses: addresses, passes: passes, protocols: protocols,
            known: Set(known))
    }

    /// `9600,8N1,19200,8E1`
    private func formats(_ text: String) -> [SerialFormat]? {
        let words = text.split(separator: ",").map(String.init)
        let formats = stride(from: 0, to: words.count - 1, by: 2).compactMap {
            SerialFormat(words: words[$0], words[$0 + 1])
        }
        return formats.isEmpty || 2 * formats.count != words.count ? nil : formats
    }

    /// A meter of the config: asked all together, these answer too.
    private func isKnown(_ identity: ScanFinding.Identity, _ bus: String) -> Bool {
        configuration.devices.contains { device in
            guard device.bus == bus else { return false }
            switch (device.address, identity) {
            case (.dlt645(let number), .dlt645(let text)):
                return MeterNumber(text, digits: 12).map(number.calls) ?? false
            case (.cjt188(_, let number, _), .cjt188(let text, _)):
                return MeterNumber(text, digits: 14).map(number.calls) ?? false
            case (.mbusPrimary(let address), .mbus(let own, _)): return address == own
            case (.mbusSecondary(let wanted), .mbus(_, let text)):
                return MBusSecondaryAddress(text).map { wanted.number.calls($0.number) } ?? false
            default: return false
            }
        }
    }
}
