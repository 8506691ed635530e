internal import FieldBus
internal import GatewayModel

/// What `gatewayctl scan BUS` asks: begins a search in the gaps of the polling, or tells how far it is.
///
/// `scan BUS start [addresses A-B] [fast] [protocols] [all]`, then `scan BUS`: `POSITION TOTAL FOUND SECONDS-LEFT` and a
/// line for each device found.
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
        guard words.count > 1 else { return progress(workers[index].status.scan) }
        guard case .serial(_, let format) = bus.connection, !bus.isListenOnly else {
            return "error: only a serial bus that this gateway polls can be searched\n"
        }
        guard words[1] == "start", let plan = plan(Array(words.dropFirst(2)), bus, format) else {
            return "error: usage: scan BUS [start [addresses A-B] [fast] [protocols] [all]]\n"
        }
        workers[index].search(plan)
        return "started\n"
    }

    private func progress(_ scan: ScanPlan?) -> String {
        guard let scan else { return "0 1 0 0\n" }
        let head = "\(scan.position) \(scan.total) \(scan.findings.count) \(scan.timeLeft / 1_000_000_000)\n"
        return head + scan.findings.map { $0.text + "\n" }.joined()
    }

    private func plan(_ words: [String], _ bus: BusConfiguration, _ format: SerialFormat) -> ScanPlan? {
        var words = words[...]
        var addresses: ClosedRange<UInt8> = 1...247
        var (passes, formats, protocols) = (ScanPlan.Pass.allCases, [format], false)
        while let word = words.popFirst() {
            switch word {
            case "fast": passes = [.fast]
            case "protocols": protocols = true
            case "all": formats += format.alternatives
            case "addresses":
                let ends = (words.popFirst() ?? "").split(separator: "-").map { UInt8($0) }
                guard ends.count <= 2, let low = ends.first ?? nil, let high = ends.last ?? nil, 1 <= low, low <= high,
                    high <= 247
                else { return nil }
                addresses = low...high
            default: return nil
            }
        }
        let known = Set(configuration.devices.filter { $0.bus == bus.id && $0.address.isModbus }.map(\.unit))
        return ScanPlan(formats: formats, addresses: addresses, passes: passes, allProtocols: protocols, known: known)
    }
}
