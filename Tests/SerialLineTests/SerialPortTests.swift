import CLinux
import Glibc
import SerialLine
import Testing

/// The error that opening gives, so that a test can look at its parts.
private func refusal(_ path: String, _ settings: SerialSettings) -> SerialPortError? {
    do throws(SerialPortError) {
        _ = try SerialPort(path: path, settings: settings)
        return nil
    } catch {
        return error
    }
}

/// The kernel moves bytes across a PTY on a thread of its own, some microseconds later.
private func waitUntilReadable(_ descriptor: CInt, bytes: Int) -> Bool {
    for _ in 0..<2_000 {
        if CLinux_bytes_waiting(descriptor) >= bytes { return true }
        usleep(1_000)
    }
    return false
}

@Suite struct SerialPortTests {
    private let settings = SerialSettings(baud: 9_600)

    @Test func aPortThatIsNotThere_isAbsent_andTheErrorSaysWhatToDo() {
        let error = refusal("/dev/no-such-port", settings)
        #expect(error?.reason == .absent)
        #expect(error?.number == ENOENT)
        #expect(error?.description.contains("/dev/no-such-port") == true)
        #expect(error?.description.contains("check the cable") == true)
    }

    @Test func somethingThatIsNotAPort_isRefused() {
        #expect(refusal("/dev/null", settings)?.reason == .notSerial)
    }

    @Test func aPortIsOpenedOnce_whateverNameIsUsed() throws {
        let terminal = try PseudoTerminal()
        let link = "/tmp/serial-port-test-\(getpid())-link"
        unlink(link)
        #expect(symlink(terminal.slavePath, link) == 0)
        defer { unlink(link) }
        do {
            let port = try SerialPort(path: link, settings: settings)
            #expect(refusal(terminal.slavePath, settings)?.reason == .busy)
            #expect(port.path == link)
        }
        #expect(refusal(terminal.slavePath, settings) == nil)
    }

    @Test func aLockOfAnotherProgramIsSeen() throws {
        let terminal = try PseudoTerminal()
        // A second open file description, as another process would hold it.
        let other = open(terminal.slavePath, O_RDWR | O_NOCTTY)
        defer { close(other) }
        #expect(flock(other, LOCK_EX | LOCK_NB) == 0)
        #expect(refusal(terminal.slavePath, settings)?.reason == .busy)
        #expect(flock(other, LOCK_UN) == 0)
        #expect(refusal(terminal.slavePath, settings) == nil)
    }

    @Test func aRefusedOpenLeavesNothingLocked() throws {
        let terminal = try PseudoTerminal()
        #expect(refusal(terminal.slavePath, SerialSettings(baud: 12_345))?.reason == .unsupported)
        #expect(refusal(terminal.slavePath, SerialSettings(baud: 9_600, stopBits: 3))?.reason == .unsupported)
        let withRS485 = SerialSettings(baud: 9_600, rs485: RS485Mode())
        #expect(refusal(terminal.slavePath, withRS485)?.operation == "TIOCSRS485")
        #expect(refusal(terminal.slavePath, settings) == nil)
    }

    @Test(arguments: SerialSettings.standardRates) func everyStandardRateCanBeSet(baud: Int) throws {
        let terminal = try PseudoTerminal()
        _ = try SerialPort(path: terminal.slavePath, settings: SerialSettings(baud: baud, parity: .even))
    }

    /// A pseudo terminal has no parity and refuses to be asked for nothing else that is new.
    @Test func aPseudoTerminalCanBeOpenedAgainWithTheSameSettings() throws {
        let terminal = try PseudoTerminal()
        for _ in 0..<3 {
            let port = try SerialPort(
                path: terminal.slavePath,
                settings: SerialSettings(baud: 19_200, dataBits: 8, parity: .even, stopBits: 1))
            withExtendedLifetime(port) {}
        }
    }

    @Test func bytesPassUnchanged_andStaleOnesAreDiscardedAtOpen() throws {
        let terminal = try PseudoTerminal()
        let watcher = open(terminal.slavePath, O_RDWR | O_NOCTTY)
        defer { close(watcher) }
        #expect(terminal.write([1, 2, 3]) == 3)
        #expect(waitUntilReadable(watcher, bytes: 3))
        let port = try SerialPort(path: terminal.slavePath, settings: settings)
        #expect(port.bytesWaiting == 0)
        let everyByte = (0...255).map { UInt8($0) }
        #expect(terminal.write(everyByte) == 256)
        #expect(waitUntilReadable(port.descriptor, bytes: 256))
        var received = [UInt8](repeating: 0, count: 300)
        #expect(read(port.descriptor, &received, 300) == 256)
        #expect(Array(received.prefix(256)) == everyByte)
    }
}
