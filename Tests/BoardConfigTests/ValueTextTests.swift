import GatewayModel
import Testing

@testable import BoardConfig

@Suite struct ValueTextTests {
    @Test(arguments: [
        ("250ms", 250_000_000), ("10s", 10_000_000_000), ("5m", 300_000_000_000), ("1h", 3_600_000_000_000),
        ("90d", 7_776_000_000_000_000), ("0s", 0),
    ])
    func durationsAreAWholeNumberAndAUnit(text: String, span: Int64) {
        #expect(DurationText.parse(text) == span)
        #expect(DurationText.format(span) == text)
    }

    @Test(arguments: ["", "10", "s", "-1s", "1.5s", "10 s", "10S", "1min", "99999999999999999999s", "106752d", "١s"])
    func otherTextIsNoDuration(text: String) { #expect(DurationText.parse(text) == nil) }

    @Test(arguments: [("64KiB", 65_536), ("256MiB", 268_435_456), ("2GiB", 2_147_483_648)])
    func sizesAreBinary(text: String, bytes: Int64) {
        #expect(SizeText.parse(text) == bytes)
        #expect(SizeText.format(bytes) == text)
    }

    @Test(arguments: ["", "64", "64KB", "64kib", "-1MiB", "9223372036854775807GiB"])
    func otherTextIsNoSize(text: String) { #expect(SizeText.parse(text) == nil) }

    @Test(arguments: [("12", 12), ("-3", -3), ("0x1F", 31), ("0o17", 15), ("012", 12), ("+4", 4)])
    func integersAreThoseOfYAML12(text: String, value: Int64) { #expect(ScalarText.integer(text) == value) }

    @Test(arguments: ["", "0x", "0x-1", "0x+1", "1_000", "0b11", "1.0", "1e3", " 1", "0xFFFFFFFFFFFFFFFF"])
    func otherTextIsNoInteger(text: String) { #expect(ScalarText.integer(text) == nil) }

    @Test func anExponentBeyondAllBoundsIsRefused() {
        #expect(DecimalNumber("1e-9223372036854775808") == nil)
        #expect(DecimalNumber("1e61") == nil)
    }

    @Test(arguments: [
        ("perod", "period"), ("addres", "address"), ("adress", "address"), ("BAUD", "baud"), ("t1", "t1_supply"),
        ("temperture", "temperature"), ("btach", "batch"),
    ])
    func theNearestNameIsWhatWasMeant(typed: String, meant: String) {
        let names = ["period", "address", "baud", "t1_supply", "temperature", "batch", "json"]
        #expect(NearestName.of(typed, among: names) == meant)
    }

    @Test(arguments: ["xyz", "", "q", "completely-different", String(repeating: "a", count: 500)])
    func nothingIsNearToNonsense(typed: String) {
        #expect(NearestName.of(typed, among: ["period", "address", "baud", "id"]) == nil)
    }

    @Test(arguments: [
        ("10.0.0.1:502", "10.0.0.1", 502), ("plc.local:1502", "plc.local", 1502), ("[fd00::2]:502", "fd00::2", 502),
    ])
    func endpointsAreHostAndPort(text: String, host: String, port: UInt16) throws {
        let endpoint = try #require(Endpoint(text))
        #expect(endpoint.host == host)
        #expect(endpoint.port == port)
    }

    @Test(arguments: [
        "", ":502", "a:", "a:0", "a:70000", "a:+1", "a b", "[fd00::2", "[]:1", "1.2.3:502", "256.1.1.1", "a..b",
    ])
    func otherTextIsNoEndpoint(text: String) { #expect(Endpoint(text) == nil) }

    @Test func idsFollowTheirPattern() {
        let long = String(repeating: "a", count: 63)
        #expect(IdentifierPattern.item.admits(long))
        #expect(!IdentifierPattern.item.admits(long + "a"))
        #expect(!IdentifierPattern.item.admits("1a"))
        #expect(IdentifierPattern.gateway.admits("1a"))
        #expect(!IdentifierPattern.gateway.admits("a_b"))
        #expect(!IdentifierPattern.item.admits(""))
        #expect(!IdentifierPattern.library.admits("../x"))
        #expect(!IdentifierPattern.item.admits("ä"))
    }
}
