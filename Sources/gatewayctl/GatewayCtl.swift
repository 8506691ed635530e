import ArgumentParser
import GatewayModel

/// The technician's and the packager's tool. The daemon itself is `gatewayd`.
@main
struct GatewayCtl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gatewayctl",
        abstract: "Checks board configs, shows device templates, asks the running gateway.",
        discussion: """
            EXAMPLES:
              gatewayctl new                       the config of a new station, step by step
              gatewayctl check station.yaml        every problem of the config, with its line
              gatewayctl plan station.yaml         load of the lines, data volume, flash, outages
              gatewayctl table export station.yaml the points as CSV, for spreadsheets
              gatewayctl templates heat            the templates that have to do with heat
              gatewayctl templates tuf-2000m       one template with its points
              gatewayctl status                    how the running gateway is
              gatewayctl frames meters             the last frames on a bus, decoded
              gatewayctl --generate-completion-script bash > /etc/bash_completion.d/gatewayctl
            """,
        version: "gatewayctl \(Version.text)",
        subcommands: [
            NewCommand.self, CheckCommand.self, PlanCommand.self, TableCommand.self, KeyCommand.self,
            BundleCommand.self,
            VerifyCommand.self, TemplatesCommand.self, SchemaCommand.self, PointsCommand.self,
            StatusCommand.self, FramesCommand.self, LearntCommand.self, ScanCommand.self, SniffCommand.self,
            HistoryCommand.self, DecodeCommand.self, PortsCommand.self, SetCommand.self, TotalCommand.self,
        ])
}
