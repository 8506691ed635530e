import Testing

@testable import SerialLine

@Suite struct LineTimingTests {
    @Test(arguments: [(9600, 10, 3_645_834), (9600, 11, 4_010_417), (19_200, 11, 2_005_209), (1200, 10, 29_166_667)])
    func silence_isThreeAndAHalfCharacters(baud: Int, bits: Int, nanoseconds: Int64) {
        #expect(LineTiming(baud: baud, bitsPerCharacter: bits).frameSilence == nanoseconds)
    }

    /// MODBUS over Serial Line V1.02, 2.5.1.1: fixed values above 19200 baud.
    @Test(arguments: [38_400, 115_200, 921_600])
    func above19200_silencesAreFixed(baud: Int) {
        #expect(LineTiming(baud: baud).frameSilence == 1_750_000)
        #expect(LineTiming(baud: baud).characterSilence == 750_000)
    }

    @Test func charactersAreNeverShortened() {
        let timing = LineTiming(baud: 9600)
        #expect(timing.characters(0) == 0)
        #expect(timing.characters(1) == 1_041_667)
        #expect(timing.characters(96) == 100_000_000)
        #expect(timing.characters(-1) == 0)
        #expect(LineTiming(baud: 0, bitsPerCharacter: 0).characters(1) == 1_000_000_000)
    }
}
