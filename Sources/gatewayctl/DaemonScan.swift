import ArgumentParser
import FieldBus
import Foundation
import GatewayModel

/// A search that the running daemon makes, in the gaps of its polling.
struct DaemonScan {
    let bus: String
    let stateDir: String?

    /// Starts it and shows how far it is until it is over. Stopped here, it goes on there: the same command joins it.
    func run(_ request: String, _ families: DeviceFamilies?) throws {
        let progress = ScanProgress()
        let lines = try result(of: "start \(request)") {
            progress.show($0[0], of: $0[1], found: $0[2], left: Int64($0[3]) * 1_000_000_000)
        }
        progress.end()
        for line in lines {
            // `modbus:5  9600 8N1  12 ms`
            let words = line.split(separator: " ").map(String.init)
            var name: String?
            if let families, words.count >= 3, let identity = ScanFinding.Identity(text: words[0]) {
                name = try families.name(of: identity) { try read($0, "\(words[1]),\(words[2])") }
            }
            print(line + (name.map { "  \($0)" } ?? ""))
        }
        StandardError.write(lines.isEmpty ? "nobody unknown answered" : "\(lines.count) found")
    }

    /// A request to the daemon has room for some thirty.
    private func read(_ targets: [ScanTarget], _ format: String) throws -> RegisterAnswers {
        var answers: [(ScanFinding.Identity, [UInt8])] = []
        for begin in stride(from: 0, to: targets.count, by: 24) {
            let names = targets[begin..<min(begin + 24, targets.count)].compactMap(\.registersText)
            for line in try result(of: "read \(format) \(names.joined(separator: " "))", tell: { _ in }) {
                // `registers:5:holding:0:2  9600 8N1  12 ms  00E60001`, or - for a refusal.
                let words = line.split(separator: " ").map(String.init)
                guard let identity = words.first.flatMap({ ScanFinding.Identity(text: $0) }) else { continue }
                answers.append((identity, words.last.flatMap(Self.bytes) ?? []))
            }
        }
        return RegisterAnswers(answers)
    }

    private static func bytes(_ digits: String) -> [UInt8]? {
        let digits = Array(digits)
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(digits[$0...$0 + 1]), radix: 16)
        }
        return 2 * bytes.count == digits.count ? bytes : nil
    }

    /// Has the daemon ask, waits, and returns what it found.
    private func result(of request: String, tell: ([Int]) -> Void) throws -> [String] {
        _ = try DaemonRequest.ask("scan \(bus) \(request)", stateDir: stateDir)
        while true {
            let text = String(decoding: try DaemonRequest.ask("scan \(bus)", stateDir: stateDir), as: UTF8.self)
            let lines = text.split(separator: "\n").map(String.init)
            // `POSITION TOTAL FOUND SECONDS-LEFT`, then a line for each finding.
            let head = (lines.first ?? "").split(separator: " ").map { Int($0) ?? 0 }
            guard head.count == 4 else { return [] }
            if head[0] >= head[1] { return Array(lines.dropFirst()) }
            tell(head)
            Thread.sleep(forTimeInterval: 0.2)
        }
    }
}
