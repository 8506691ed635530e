import Foundation
import GatewayTestSupport
import Testing

@testable import gatewayctl

@Suite struct TableFuzzTests {
    /// Goal: what is written is read back, whatever stands in the cells. Method: cells of random pieces that mean something
    /// to a spreadsheet.
    @Test func whatIsWrittenIsReadBack() throws {
        let pieces = ["a", "0012", "112233445566", "\"", ",", ";", "\n", "\t", "=\"x\"", "温度", " b", "=1+1", "'", "\\"]
        try Fuzz.run(300) { random in
            let rows = (0...random.below(6)).map { row in
                (0..<3).map { column in
                    // The head decides on the separator, and a row is one that has anything in it.
                    column == 0 ? "r\(row)" : (0..<random.below(4)).map { _ in random.pick(pieces) ?? "" }.joined()
                }
            }
            var csv = CSVText(separator: random.below(2) == 0 ? "," : ";")
            csv.add(["head", "of", "it"])
            for row in rows { csv.add(row) }
            let back = try CSVTable(Array(csv.text.utf8)).rows.dropFirst().map { $0.map(\.text) }
            #expect(back == rows.map { $0.map(Self.content) }, "SEED=\(random.seed)")
        }
    }

    /// Blanks around a cell, and a spreadsheet's own form of a text, are no content.
    private static func content(_ cell: String) -> String {
        let text = cell.trimmingCharacters(in: CharacterSet(charactersIn: " \t\r"))
        return text.hasPrefix("=\"") && text.hasSuffix("\"") && text.count >= 3
            ? String(text.dropFirst(2).dropLast()) : text
    }

    /// Goal: no bytes trap or hang the import, and each problem has a place in the file. Method: tables, cut, spliced,
    /// flipped and repeated at random, into a config that has an error of its own: something must be said.
    @Test func anyBytesAreAnsweredWithAPlaceInThem() {
        let seeds = [
            "device,bus,address,template,point,more,options\nd,m,1,xy-md02,temperature,\"valid: [0, 1]\",retries: 1\n",
            "\u{FEFF}设备;总线;地址;点名;系数\r\na;m;1;b;0,1", "device,bus,address,point\n\"a\"\"b\",m,1,\"x\ny\"",
            "sep=;\ndevice;point;address;bus\na;b;=\"0123\";m",
        ].map { Array($0.utf8) }
        Fuzz.run(1_000) { random in
            let bytes = random.mutated(random.pick(seeds) ?? [])
            let lines = bytes.split(separator: 10, omittingEmptySubsequences: false).count
            let made = TableImport(
                bytes, file: "p.csv", templates: Shipped.templates, into: "schema: 1\ndevices: []\n",
                configFile: "s.yaml",
                libraries: [])
            #expect(!made.isSound, "SEED=\(random.seed)")
            for problem in made.problems where problem.file == "p.csv" {
                #expect(
                    (1...lines).contains(problem.line) && problem.column >= 1, "SEED=\(random.seed): \(problem)")
            }
        }
    }
}
