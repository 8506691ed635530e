import Testing

@testable import stationsim

@Suite struct NumberFormTests {
    @Test(arguments: [
        (NumberForm.u16, 65535.4, [0xFFFF]), (.u16, 70000, [0xFFFF]), (.u16, -3, [0]), (.s16, -20.5, [0xFFEB]),
        (.s16, 40000, [0x7FFF]), (.u32, 305_419_896, [0x1234, 0x5678]), (.s32, -2, [0xFFFF, 0xFFFE]),
        (.f32, 36.625, [0x4212, 0x8000]), (.f64, 1, [0x3FF0, 0, 0, 0]), (.u64, 4_294_967_296, [0, 1, 0, 0]),
        (.s64, -1, [0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF]), (.bcd16, 1234, [0x1234]), (.bcd32, 98_765_432, [0x9876, 0x5432]),
    ])
    func aNumber_liesInItsRegistersHighWordFirst(form: NumberForm, value: Double, words: [UInt16]) {
        #expect(form.words(form.quantised(value).bits, lowWordFirst: false) == words)
    }

    /// The TUF-2000M's order: 80 6B 42 12 on the wire is 0x4212806B = 36.625408.
    @Test func lowWordFirst_turnsTheWordsAround() {
        let value = Double(Float(bitPattern: 0x4212_806B))
        #expect(NumberForm.f32.words(NumberForm.f32.quantised(value).bits, lowWordFirst: true) == [0x806B, 0x4212])
    }

    @Test func whatTheRegisterHolds_isWhatTheTruthSays() {
        #expect(NumberForm.s16.quantised(-20.49).number == ExactDecimal(-20))
        #expect(NumberForm.f32.quantised(71.3).number.description == "71.3")
        #expect(NumberForm.u16.quantised(.nan).number == ExactDecimal(0))
        #expect(NumberForm.f32.quantised(-0.0).bits == 0)
    }
}
