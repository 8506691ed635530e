import ArgumentParser
import Foundation
import Testing

@testable import gatewayctl

@Suite struct HelpTests {
    private static var commands: [(String, any ParsableCommand.Type)] {
        GatewayCtl.configuration.subcommands.map { ($0.configuration.commandName ?? "", $0) }
    }

    @Test("The help of every command has examples, which begin with its name")
    func everyCommandHasExamples() {
        for (name, command) in Self.commands {
            let help = command.helpMessage()
            #expect(help.contains("EXAMPLES:"), "\(name)")
            #expect(help.contains("gatewayctl \(name)"), "\(name)")
        }
    }

    @Test("The manual page knows every command")
    func theManualPageIsWhole() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Scripts/packaging/man/gatewayctl.1")
        let page = try String(contentsOf: file, encoding: .utf8)
        for (name, _) in Self.commands { #expect(page.contains("Cm \(name)"), "\(name)") }
    }

    @Test("Completions of three shells know every command")
    func completionsAreWhole() {
        for shell in [CompletionShell.bash, .zsh, .fish] {
            let script = GatewayCtl.completionScript(for: shell)
            for (name, _) in Self.commands {
                #expect(script.contains(name), "\(name)")
            }
        }
    }
}
