import Foundation
import Testing

@testable import gatewayctl

/// What is said of a wrong table: file, line, column, the column's name.
@Suite struct TableProblemTests {
    private static let station = """
        schema: 1
        gateway: {id: hs-1}
        buses: [{id: m, port: /dev/ttyS1}]
        devices: []
        uplinks: [{id: city, profile: batch, mqtt: {host: broker.example, tls: {ca: /etc/passwd}}}]

        """

    private func problems(_ csv: String) -> String {
        TableImport(
            Array(csv.utf8), file: "p.csv", templates: Shipped.templates, into: Self.station, configFile: "s.yaml",
            libraries: Shipped.libraries
        ).problems.map { "\($0)\n" }.joined()
    }

    @Test func everyProblemNamesItsCell() throws {
        let tables = [
            ("empty", ""),
            ("only a head", "device,point"),
            ("no such column", "device,point,adress"),
            ("no column", "bus,address"),
            ("twice the same column", "device,point,unit,Unit\nd,p,C,C"),
            ("no device, no point", "device,bus,address,point\n,m,1,p\nd,m,1,"),
            ("bus and address missing", "device,point\nd,p"),
            ("beyond the head", "device,point\nd,p,surprise"),
            ("two addresses", "device,bus,address,template,point\nd,m,1,xy-md02,temperature\nd,m,2,xy-md02,humidity"),
            ("a quote", "device,point\nd,\"p"),
            ("several lines", "device,bus,address,point,unit\nd,m,1,p,\"a\nb\""),
            (
                "wrong values",
                """
                device,bus,address,template,point,table,register,type,scale,period,priority,more
                a,m,300,xy-md02,temperature,,,,abc,,,
                b,n,2,xy-md02,humidty,,,,,,,
                c,m,3,no-such,x,,,,,,,
                d,m,4,,y,holding,70000,uint16,0,10 s,urgent,
                d,,,,z,holding,1,float33,,,,
                d,,,,z,holding,2,uint16,,,,"valid: [3, 1]"
                e,m,1.6E+11,dlt645-2007-meter,voltage_a,,,,,,,
                """
            ),
            ("more", "device,bus,address,template,point,more\nd,m,1,xy-md02,temperature,\"valid: [0\""),
            ("options", "device,bus,address,template,point,options\nd,m,1,xy-md02,temperature,\"baud 2400\""),
        ]
        var text = ""
        for (what, csv) in tables { text += "# \(what)\n\(problems(csv))" }
        #expect(try text == Shipped.golden("table-problems.txt", text))
    }

    @Test func anotherCodeThanUTF8IsNamedWithItsLine() {
        let gbk: [UInt8] = Array("device,point\nd,".utf8) + [0xCE, 0xC2, 0xB6, 0xC8]
        let made = TableImport(gbk, file: "p.csv", templates: [])
        #expect(
            made.problems.map(\.description) == [
                "p.csv:2:1: error: not UTF-8 (GBK from a spreadsheet?); save it as \"CSV UTF-8\""
            ])
        let wide = TableImport([0xFF, 0xFE, 0x64, 0x00], file: "p.csv", templates: [])
        #expect(wide.problems.map(\.message) == ["this is UTF-16; save it as \"CSV UTF-8\""])
    }

    @Test func nothingIsMadeOfATableThatIsWrong() {
        let made = TableImport(
            Array("device,point\nd,p".utf8), file: "p.csv", templates: [], into: Self.station, configFile: "s.yaml",
            libraries: Shipped.libraries)
        #expect(!made.isSound && made.text.isEmpty)
    }
}
