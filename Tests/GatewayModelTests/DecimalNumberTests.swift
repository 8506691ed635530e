import Testing

@testable import GatewayModel

@Suite struct DecimalNumberTests {
    @Test func productIsExact() throws {
        let scale = try #require(DecimalNumber("0.1"))
        #expect(DecimalNumber(713).multiplied(by: scale)?.description == "71.3")
    }
}
