import FieldBus
import Foundation
import GatewayModel

/// A search on a port that nobody else uses.
struct PortScan {
    let path: String
    /// Where its state is kept.
    let resume: String?

    func run(_ plan: ScanPlan, _ families: DeviceFamilies?) throws {
        var plan = plan
        let tool: PortTool
        do { tool = try PortTool(path: path, format: plan.formats.first ?? SerialFormat()) } catch {
            StandardError.write("gatewayctl: \(error)")
            throw ExitStatus.data
        }
        if let resume, let text = try? String(contentsOfFile: resume, encoding: .utf8), !plan.resume(text) {
            StandardError.write("gatewayctl: \(resume) is of another scan; remove it or give the same settings")
            throw ExitStatus.data
        }
        let progress = ScanProgress()
        var counter = 0
        do {
            _ = try tool.scan(&plan) { plan in
                counter += 1
                progress.show(plan.position, of: plan.total, found: plan.findings.count, left: plan.timeLeft)
                if let resume, counter % 10 == 0 || plan.position == plan.total {
                    try? Data(plan.text.utf8).write(to: URL(fileURLWithPath: resume), options: .atomic)
                }
            }
            progress.end()
            for finding in plan.findings {
                let name = try families?.name(of: finding.identity) { targets in
                    var reading = ScanPlan(reading: targets, format: finding.format)
                    _ = try tool.scan(&reading) { _ in }
                    return RegisterAnswers(reading.findings.map { ($0.identity, $0.data) })
                }
                print(finding.text + (name.map { "  \($0)" } ?? ""))
            }
        } catch let error as LinkError {
            StandardError.write("gatewayctl: \(error)")
            throw ExitStatus.unavailable
        }
        StandardError.write(plan.findings.isEmpty ? "nobody answered" : "\(plan.findings.count) found")
    }
}
