import Foundation
import Testing

@testable import gatewayctl

@Suite struct CSVTests {
    private func texts(_ text: String) throws -> [[String]] {
        try CSVTable(Array(text.utf8)).rows.map { $0.map(\.text) }
    }

    @Test(arguments: [
        "a,b\r\n1,2\r\n", "\u{FEFF}a,b\n1,2", "a;b\n1;2\n", "a\tb\n1\t2", "sep=;\r\na;b\r\n1;2",
        "\"a\",\"b\"\n\"1\",\"2\"",
        " a , b \n\n,\n# a remark\n 1 ,2", "\"a\",\"b\"\n=\"1\",\"=\"\"2\"\"\"",
    ])
    func spreadsheetsWriteTheSameTableInManyWays(text: String) throws {
        #expect(try texts(text) == [["a", "b"], ["1", "2"]])
    }

    @Test func quotesHoldSeparatorsQuotesAndLines() throws {
        #expect(try texts("a,\"x, \"\"y\"\"\nz\"\nb,c") == [["a", "x, \"y\"\nz"], ["b", "c"]])
        let table = try CSVTable(Array("a,\"x\ny\"\nb,c".utf8))
        #expect(table.rows[1][1] == CSVTable.Cell(text: "c", line: 3, column: 3))
    }

    @Test func tooMuchOfAnythingIsRefused() {
        func fault(_ text: String) -> String? {
            do { _ = try CSVTable(Array(text.utf8)) } catch { return error.message }
            return nil
        }
        #expect(fault(String(repeating: "a,", count: 70)) == "more than 64 cells")
        #expect(fault(String(repeating: "x", count: 5_000)) == "more than 4096 characters in a cell")
        #expect(fault(String(repeating: "a\n", count: 25_001)) == "more than 25000 rows")
        #expect(fault(String(repeating: "a", count: 4 << 20 + 1))?.contains("expected at most 4194304") == true)
        #expect(fault("a,\"b") == "a quote that is never closed")
    }
}
