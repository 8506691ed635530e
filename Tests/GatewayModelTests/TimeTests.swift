import Testing

@testable import GatewayModel

@Suite struct TimeTests {
    let anchor = WallAnchor(
        bootTime: BootTime(nanoseconds: .seconds(100)), realTime: .seconds(1_000_000), error: .seconds(10))

    @Test func wallTimeFollowsTheBootClockBothWays() {
        #expect(anchor.realTime(at: BootTime(nanoseconds: .seconds(130))) == .seconds(1_000_030))
        #expect(anchor.realTime(at: BootTime(nanoseconds: .seconds(70))) == .seconds(999_970))
    }

    @Test func errorGrowsByAHundredMillionthsOfTheAgeUntilItIsTooLarge() {
        let aDay = BootTime(nanoseconds: .seconds(100 + 86_400))
        #expect(anchor.error(at: aDay) == .seconds(10) + .milliseconds(8_640))
        #expect(anchor.isTrusted(at: aDay))
        // 290 s at 100 ppm: 2,900,000 s.
        #expect(anchor.isTrusted(at: BootTime(nanoseconds: .seconds(100 + 2_899_999))))
        #expect(!anchor.isTrusted(at: BootTime(nanoseconds: .seconds(100 + 2_900_000))))
    }

    @Test func systemClocksRunForward() {
        let time = SystemTime()
        let first = time.bootTime()
        #expect(time.bootTime() >= first)
        #expect(time.realTime() > .seconds(1_700_000_000))
    }

    @Test func hexadecimalKeepsLeadingZeros() {
        #expect([UInt8]([0x00, 0x0F, 0xA0, 0xFF]).hexadecimal == "000fa0ff")
    }
}
