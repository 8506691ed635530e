import ArgumentParser
import BoardConfig
import Foundation
import GatewayModel

struct TableCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "table",
        abstract: "Point tables as CSV, for spreadsheets: out of a config, into a config.",
        discussion: """
            One row is one point. Columns: device, bus, address, template (of the device; in every row or only in its \
            first), point, from, table, register, type, bit, length, scale, offset, unit, period, priority, kind, deadband, \
            max_silence, more (other keys of the point as in the config), options (other keys of the device), note (becomes \
            a comment). Only device and point must be there; an empty cell is what the template says. Headings may be \
            Chinese: 设备 总线 地址 模板 点名 寄存器 类型 系数 偏移 单位 周期 优先级 备注 ...

            EXAMPLES:
              gatewayctl table export station.yaml --output points.csv
              gatewayctl table import points.csv --into station.yaml
            """,
        subcommands: [TableExportCommand.self, TableImportCommand.self])
}

struct TableExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes the points of a config as CSV (UTF-8 with a mark, so that Excel opens Chinese).",
        discussion: """
            Exit status: 0, 78 when the config may not be used, 73 when the file cannot be written or is there already.

            EXAMPLES:
              gatewayctl table export station.yaml --output points.csv
              gatewayctl table export station.yaml --separator ';' --output points.csv --force
            """)

    @Option(name: .shortAndLong, help: "Write to this file.", completion: .file(extensions: ["csv"]))
    var output: String?

    @Option(help: "What stands between cells: , or ; .")
    var separator = ","

    @Flag(help: "Write over a file that is there.")
    var force = false

    @Argument(help: "The board config.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    func validate() throws {
        if ![",", ";"].contains(separator) { throw ValidationError("--separator: expected , or ;") }
    }

    func run() throws {
        let libraries = LibraryDirectories.standard(configFile: file)
        let bytes = try TableFiles.read(file)
        let result = BoardConfigReader.read(bytes: bytes, file: file, libraryDirectories: libraries)
        for problem in result.errors { StandardError.write(problem.description) }
        guard let configuration = result.configuration else { throw ExitStatus.config }
        let templates = TemplateShelf(directories: libraries).all().templates
        let export = TableExport(configuration, bytes: bytes, templates: templates)
        let text = "\u{FEFF}" + export.csv(separator: separator.first ?? ",")
        if let output {
            try NewFile.write(text, to: output, force: force)
            StandardError.write("\(output): \(export.rows.count) points of \(configuration.devices.count) devices")
        } else {
            FileHandle.standardOutput.write(Data(text.utf8))
        }
    }
}

struct TableImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Makes the devices of a config of a CSV table.",
        discussion: """
            Without --into the section is printed, to be put into a config. With it, it takes the place of that config's \
            devices; all else in the file stays, comments too, and comments between its devices go. The config is checked \
            first, and not touched when anything is wrong: FILE:LINE:COLUMN: error: column "NAME": ... , of the table.

            UTF-8 with or without a mark; commas, semicolons or tabs between cells. Of Excel: "CSV UTF-8".

            Exit status: 0; 65 when the table, 78 when the config may not be used; 66 when a file cannot be read.

            EXAMPLES:
              gatewayctl table import points.csv
              gatewayctl table import points.csv --into station.yaml
            """)

    @Option(help: "The config whose devices it becomes.", completion: .file(extensions: ["yaml", "yml"]))
    var into: String?

    @Argument(help: "The table.", completion: .file(extensions: ["csv"]))
    var file: String

    func run() throws {
        let bytes = try TableFiles.read(file)
        let libraries = LibraryDirectories.standard(configFile: into ?? file)
        let templates = TemplateShelf(directories: libraries).all().templates
        guard let into else {
            let made = TableImport(bytes, file: file, templates: templates)
            try finish(made)
            print(made.text, terminator: "")
            StandardError.write("printed only; --into STATION.yaml checks it and puts it there")
            return
        }
        let config = String(decoding: try TableFiles.read(into), as: UTF8.self)
        let made = TableImport(
            bytes, file: file, templates: templates, into: config, configFile: into, libraries: libraries)
        try finish(made)
        try NewFile.write(made.text, to: into, force: true)
        StandardError.write("\(into): the devices are those of \(file) now; next: gatewayctl check \(into)")
    }

    private func finish(_ made: TableImport) throws {
        for problem in made.problems { StandardError.write(problem.description) }
        if !made.isSound {
            let isTable = made.problems.contains { $0.severity == "error" && $0.file == file }
            throw isTable ? ExitStatus.data : ExitStatus.config
        }
    }
}

enum TableFiles {
    static func read(_ path: String) throws -> [UInt8] {
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            // One byte more than may be, so that a longer file is recognised and an endless one ends.
            return Array(try handle.read(upToCount: CSVTable.most.bytes + 1) ?? Data())
        } catch {
            StandardError.write("gatewayctl: \(path) cannot be read: \(error.localizedDescription)")
            throw ExitStatus.noInput
        }
    }
}

enum NewFile {
    /// Whole or not at all. Without `force` a file that is there stays.
    static func write(_ text: String, to path: String, force: Bool) throws {
        if !force, FileManager.default.fileExists(atPath: path) {
            StandardError.write("gatewayctl: \(path) is there already; --force writes over it")
            throw ExitStatus.cannotCreate
        }
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            StandardError.write("gatewayctl: \(path) cannot be written: \(error.localizedDescription)")
            throw ExitStatus.cannotCreate
        }
    }
}
