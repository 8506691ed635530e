import Testing

@testable import GatewayModel

@Suite struct PointTraitsTests {
    func point(_ index: Int, unit: String, address: UInt16) -> PointDefinition {
        PointDefinition(
            index: index, device: "meter-\(index)", id: "p", unit: unit,
            source: .register(table: .holding, address: address, type: .int16, count: 1))
    }

    @Test func pointsThatAreAlikeShareOneCopyAndStayEqualToThemselves() {
        var pool = TraitsPool()
        let before = (0..<300).map { point($0, unit: $0 % 3 == 0 ? "C" : "kPa", address: UInt16($0)) }
        var after = before
        for index in after.indices { pool.share(&after[index]) }
        #expect(after == before)
        #expect(pool.count == 2)
        #expect(Set(after.map { ObjectIdentifier($0.shared) }).count == 2)
    }

    @Test func changingOnePointLeavesTheOthersThatSharedItsTraits() {
        var pool = TraitsPool()
        var (a, b) = (point(0, unit: "C", address: 0), point(1, unit: "C", address: 7))
        pool.share(&a)
        pool.share(&b)
        a.traits.unit = "K"
        #expect(a.unit == "K" && b.unit == "C")
        #expect(a.shared != b.shared)
    }
}
