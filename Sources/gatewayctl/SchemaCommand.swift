import ArgumentParser
import BoardConfig

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Prints the JSON Schema of the board config, for editors.",
        discussion: """
            It knows the keys, types and words of this version; `gatewayctl check` knows the rest.

            EXAMPLES:
              gatewayctl schema > board-config.schema.json
              # then, as the first line of a station file, for editors with a YAML language server:
              # yaml-language-server: $schema=board-config.schema.json
            """)

    func run() { print(ConfigSchema.json) }
}
