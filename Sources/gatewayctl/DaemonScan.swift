import ArgumentParser
import Foundation

/// A search that the running daemon makes, in the gaps of its polling.
struct DaemonScan {
    let bus: String
    let stateDir: String?

    /// Starts it and shows how far it is until it is over. Stopped here, it goes on there: the same command joins it.
    func run(_ request: String) throws {
        _ = try DaemonRequest.ask("scan \(bus) start \(request)", stateDir: stateDir)
        let progress = ScanProgress()
        while true {
            let text = String(decoding: try DaemonRequest.ask("scan \(bus)", stateDir: stateDir), as: UTF8.self)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            // `POSITION TOTAL FOUND SECONDS-LEFT`, then a line for each device.
            let head = (lines.first ?? "").split(separator: " ").map { Int($0) ?? 0 }
            guard head.count == 4 else { return }
            if head[0] >= head[1] {
                progress.end()
                for line in lines.dropFirst() where !line.isEmpty { print(line) }
                StandardError.write(head[2] == 0 ? "nobody unknown answered" : "\(head[2]) found")
                return
            }
            progress.show(head[0], of: head[1], found: head[2], left: Int64(head[3]) * 1_000_000_000)
            Thread.sleep(forTimeInterval: 0.5)
        }
    }
}
