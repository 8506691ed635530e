import BoardConfig
import FieldBus
import GatewayModel

/// What registers of a device hold; a refusal or silence is none.
struct RegisterAnswers {
    private(set) var data: [ScanTarget: [UInt8]] = [:]

    init(_ answers: [(ScanFinding.Identity, [UInt8])] = []) {
        for (identity, bytes) in answers where !bytes.isEmpty {
            if case .registers(let unit, let table, let address, let count) = identity {
                data[.registers(unit: unit, table: table, address: address, count: count)] = bytes
            }
        }
    }

    mutating func merge(_ other: RegisterAnswers) { data.merge(other.data) { old, _ in old } }
}

/// Which device families of the library somebody who was found may be. A guess, and it says when it is one of several.
///
/// A Modbus device is read where the templates have points, round by round: a template stays in the race while each of
/// its runs of registers is answered; of those that stay, the ones of which most values make sense are named. A meter's
/// protocol, type and maker say what it is.
struct DeviceFamilies {
    /// Reads a device at most, in all rounds.
    static let mostReads = 160
    private static let rounds = 12

    private let templates: [DeviceTemplate]
    private let modbus: [TemplateRuns]

    init(libraries: [String]) {
        let directories = libraries.isEmpty ? LibraryDirectories.standard(configFile: "./-") : libraries
        templates = TemplateShelf(directories: directories).all().templates
        modbus = templates.filter { $0.proto.hasPrefix("modbus") }.map(TemplateRuns.init).filter { !$0.runs.isEmpty }
    }

    /// nil: it looks like none, or there is nothing to go by.
    ///
    /// - Parameter read: asks the device for registers; called a few times.
    func name(
        of identity: ScanFinding.Identity, read: ([ScanTarget]) throws -> RegisterAnswers
    ) rethrows -> String? {
        switch identity {
        case .modbus(let unit): return try modbusName(unit, read)
        case .dlt645: return meterName("dlt645") { _ in true }
        case .cjt188(_, let type): return meterName("cjt188") { Self.isHeat($0) == (0x20...0x2F ~= type) }
        case .mbus(_, let meter):
            guard let maker = MBusSecondaryAddress(meter)?.maker?.description else {
                return meterName("mbus") { _ in true }
            }
            // A family of one vendor is named for that vendor's meters only.
            return meterName("mbus") { $0.vendor == "many" || $0.vendor.uppercased().hasPrefix(maker.prefix(2)) }
        case .registers, .several: return nil
        }
    }

    private static func isHeat(_ template: DeviceTemplate) -> Bool { template.category == "heat-meter" }

    private func meterName(_ proto: String, _ isLike: (DeviceTemplate) -> Bool) -> String? {
        let names = templates.filter { $0.proto.hasPrefix(proto) && isLike($0) }.map(\.name)
        return names.isEmpty ? nil : "use template \(names.joined(separator: " or "))"
    }

    private func modbusName(_ unit: UInt8, _ read: ([ScanTarget]) throws -> RegisterAnswers) rethrows -> String? {
        var answers = RegisterAnswers()
        var race = modbus
        var asked = 0
        for round in 0..<Self.rounds {
            let wanted = race.compactMap { round < $0.runs.count ? $0.runs[round].target(unit) : nil }
            let fresh = Set(wanted).filter { answers.data[$0] == nil }
            guard !fresh.isEmpty, asked + fresh.count <= Self.mostReads else { break }
            asked += fresh.count
            answers.merge(try read(fresh.sorted { $0.order < $1.order }))
            race = race.filter { round >= $0.runs.count || answers.data[$0.runs[round].target(unit)] != nil }
        }
        return Self.verdict(race.map { ($0.template.name, $0.score(answers, unit: unit)) })
    }

    /// What the scores of those that answered everywhere come to.
    static func verdict(_ scores: [(name: String, score: FamilyScore)]) -> String? {
        let likely = scores.filter(\.score.isLikely)
        guard let best = likely.max(by: { $0.score.sound < $1.score.sound }) else { return nil }
        // Nearly as much speaks for those.
        let close = likely.filter { one in
            10 * one.score.sound >= 7 * best.score.sound && !one.score.isPart(of: best.score)
        }.sorted {
            $0.score.sound > $1.score.sound
        }
        let proof = "\(best.score.sound) of \(best.score.values) values make sense"
        guard close.count > 1 else {
            return best.score.sound >= FamilyScore.certain
                ? "looks like \(best.name) (\(proof))" : "may be \(best.name) (\(proof): few; look at its label)"
        }
        let names = close.prefix(4).map(\.name).joined(separator: ", ") + (close.count > 4 ? ", ..." : "")
        return "may be one of \(names) (reading does not tell them apart; look at its label)"
    }
}

extension ScanTarget {
    fileprivate var order: Int {
        guard case .registers(_, let table, let address, _) = self else { return 0 }
        return Int(table.readFunction) << 16 | Int(address)
    }
}
