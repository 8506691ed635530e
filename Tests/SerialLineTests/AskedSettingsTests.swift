import SerialLine
import Testing

/// What the far end of a pseudo terminal can know about the port that a program opened.
@Suite struct AskedSettingsTests {
    @Test(arguments: [
        SerialSettings(baud: 9600), SerialSettings(baud: 2400, parity: .even),
        SerialSettings(baud: 19_200, parity: .odd),
        SerialSettings(baud: 115_200, stopBits: 2), SerialSettings(baud: 300, parity: .even, stopBits: 2),
    ])
    func whatAPortIsSetTo_isSeenAtTheOtherEnd(settings: SerialSettings) throws {
        let terminal = try PseudoTerminal()
        let port = try SerialPort(path: terminal.slavePath, settings: settings)
        #expect(terminal.asked?.settings == settings)
        #expect(terminal.asked?.checksInput == (settings.parity != .none))
        #expect(port.settings == settings)
    }

    @Test func settingsMayChangeWhileThePortIsOpen() throws {
        let terminal = try PseudoTerminal()
        for parity in [SerialSettings.Parity.even, .none, .odd, .none] {
            let settings = SerialSettings(baud: 4800, parity: parity)
            let port = try SerialPort(path: terminal.slavePath, settings: settings)
            #expect(terminal.asked?.settings == settings)
            #expect(port.bytesWaiting == 0)
        }
    }

    @Test func aPreset_holdsForAProgramThatSetsNothing() throws {
        let terminal = try PseudoTerminal()
        let settings = SerialSettings(baud: 1200, parity: .odd, stopBits: 2)
        terminal.preset(settings)
        #expect(terminal.asked?.settings == settings)
        // No port has this rate: the rest stays as it is.
        terminal.preset(SerialSettings(baud: 1234))
        #expect(terminal.asked?.settings == settings)
    }
}
