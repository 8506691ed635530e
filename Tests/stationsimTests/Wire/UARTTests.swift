import SerialLine
import Testing

@testable import stationsim

/// Known waveforms, each expectation worked out by hand from the levels of the bits.
@Suite struct UARTTests {
    @Test(arguments: [
        // Start 0, data 11001010 (lowest first), stop 1; even parity of four ones 0, odd 1.
        ("8N1", "0110010101"), ("8E1", "01100101001"), ("8O1", "01100101011"), ("8N2", "01100101011"),
        ("7E1", "0110010101"),
    ])
    func aCharacter_isStartDataParityStop(format: String, levels: String) throws {
        let settings = try line("9600 \(format)")
        let bits = (0..<settings.bitsPerCharacter).map { settings.level(ofBit: $0, in: 0x53) ? "1" : "0" }
        #expect(bits.joined() == levels)
    }

    @Test(arguments: [
        ("9600 8N1", "9600 8N1", "55 00 ff 53"),
        // An extra stop bit is a longer pause to one side, and never missed by the other.
        ("9600 8N2", "9600 8N1", "55 00 ff 53"),
        ("9600 8N1", "9600 8N2", "55 00 ff 53"),
        ("9600 8E1", "9600 8E1", "55 00 ff 53"),
        ("19200 7O2", "19200 7O2", "55 00 7f 53"),
    ])
    func whoHasTheSameSettings_understands(sender: String, receiver: String, heard: String) throws {
        var bench = WireBench()
        bench.send([0x55, 0x00, 0xFF, 0x53], try line(sender))
        #expect(told(bench.receive(try line(receiver))) == heard)
    }

    @Test(
        arguments: [
            // 0 10101010 1 at 9600. A receiver at 19200 takes levels 1/4, 3/4, 5/4 ... of a bit after the edge:
            // 0 01100110 and 0 where the stop bit should be; then from the next edge, at bit 6, 0 01100111 1.
            ("9600 8N1", "19200 8N1", [0x55], "66!f e6"),
            // 0 00101010 1. At 3200 the samples fall on bits 1, 4 and 7 and then on the idle line: 0 01 111111 1.
            ("9600 8N1", "3200 8N1", [0x54], "fe"),
            // Eight zeros at 2400 are two characters and more of zeros at 9600: breaks.
            ("2400 8N1", "9600 8N1", [0x00], "00!b"),
            // 8E1 looks for parity in the stop bit (1 where four ones want 0) and for a stop bit in the next start bit.
            // From the edge after the first 1 of the second character: 0 00000011, parity 1 where it should be 0.
            ("9600 8N1", "9600 8E1", [0x53, 0x01], "53!pf c0!p"),
            // 8N1 finds the parity bit where the stop bit should be: 0 for even ones, 1 for odd ones.
            ("9600 8E1", "9600 8N1", [0x53, 0x01], "53!f 01"),
            ("9600 8E1", "9600 8O1", [0x53, 0x01], "53!p 01!p"),
        ] as [(String, String, [UInt8], String)])
    func whoHasOtherSettings_hearsThis(sender: String, receiver: String, sent: [UInt8], heard: String) throws {
        var bench = WireBench()
        bench.send(sent, try line(sender))
        #expect(told(bench.receive(try line(receiver))) == heard)
    }

    @Test func swappedWires_turnEveryLevelRound() throws {
        let settings = try line("9600 8N1")
        var bench = WireBench()
        // Start 1, eight 1, stop 0: a start bit at the very end, and then the idle line.
        bench.send([0x00], settings, isInverted: true)
        #expect(told(bench.receive(settings)) == "ff")
        // The other way round the idle line is one long break, and the frames inside it are heard from their first 1.
        bench = WireBench()
        bench.send([0x00, 0x00], settings)
        #expect(told(bench.receive(settings, isInverted: true)) == "00!b ff 00!b")
    }

    @Test func aReceiver_isDeafWhileItsOwnDriverIsOn() throws {
        let settings = try line("9600 8N1")
        var bench = WireBench()
        bench.send([1, 2, 3], settings, by: .port)
        #expect(bench.receive(settings).isEmpty)
        #expect(told(bench.receive(settings, owner: .device("a"))) == "01 02 03")
        // On swapped wires the idle line looks like a start bit as soon as it listens again: one break, then nothing.
        #expect(told(bench.receive(settings, isInverted: true)).hasSuffix("00!b"))
    }

    @Test func aShortSpike_isNoStartBit() throws {
        let settings = try line("9600 8N1")
        var bench = WireBench()
        // The start bit of a 0xFF at 115200 is 8.7 us of space; half a bit at 9600 is 52.
        bench.send([0xFF], try line("115200 8N1"))
        #expect(bench.receive(settings).isEmpty)
    }

    @Test func aCharacter_isCompleteInTheMiddleOfItsStopBit() throws {
        var bench = WireBench()
        bench.send([0x42], try line("9600 8E1"))
        var uart = UART(try line("9600 8E1"), from: WireBench.start)
        let ear = Ear(owner: .port)
        // 10.5 bits of 104.17 us.
        let complete = WireBench.start + 1_093_750
        #expect(uart.listen(to: bench.wire, with: ear, until: complete - 1_000).isEmpty)
        #expect(uart.completion == complete)
        #expect(told(uart.listen(to: bench.wire, with: ear, until: complete)) == "42")
        #expect(uart.completion == nil)
    }
}
