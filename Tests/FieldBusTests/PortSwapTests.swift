import GatewayModel
import Glibc
import SerialLine
import Testing
import ThreadExecutor

@testable import FieldBus

/// A port that goes and comes back: as the same adapter, as another one, under a name that stays or one that does not.
@Suite(.serialized) struct PortSwapTests {
    private let ours = PortHardware(serial: "A50285BI", place: "/usb1/1-1/1-1:1.0")
    private let moved = PortHardware(serial: "A50285BI", place: "/usb1/1-2/1-2:1.0")
    private let other = PortHardware(serial: "B6021XYZ", place: "/usb1/1-1/1-1:1.0")

    /// Opens `name` once for each adapter that is behind it, one after another; the refusals.
    private func refusals(_ name: String, _ adapters: [PortHardware?]) throws -> [String?] {
        let folder = "/tmp/port-swap-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        mkdir(folder, 0o755)
        mkdir(folder + "/by-path", 0o755)
        defer {
            rmdir(folder + "/by-path")
            rmdir(folder)
        }
        let path = "\(folder)/\(name)"
        var behind: PortHardware?
        var opener = LinkOpener(
            .serial(path: path, format: SerialFormat()), wait: LineWait(wakeUp: WakeUp()), hardwareOf: { _ in behind })
        return try adapters.map { adapter in
            let terminal = try PseudoTerminal()
            symlink(terminal.slavePath, path)
            defer { unlink(path) }
            behind = adapter
            do throws(TCPConnection.Failure) {
                _ = try opener.open()
                return nil
            } catch {
                guard case .refused(let reason) = error else { return "stopped" }
                return reason.description
            }
        }
    }

    @Test func theSameAdapterIsTakenAgain_alsoInAnotherSocket() throws {
        #expect(try refusals("usb-FTDI_A50285BI", [ours, moved, ours]) == [nil, nil, nil])
    }

    @Test func anotherAdapterUnderAnOldNumberIsRefused_untilTheOldOneIsBack() throws {
        let said = try refusals("ttyUSB0", [ours, other, other, moved])
        #expect(said[0] == nil && said[3] == nil)
        for refusal in said[1...2] {
            #expect(refusal?.contains("serial number B6021XYZ at 1-1:1.0") == true, "\(said)")
            #expect(refusal?.contains("in place of serial number A50285BI") == true)
            #expect(refusal?.contains("by-id") == true, "and what to do")
        }
    }

    @Test func twoAdaptersWithoutNumbersAreToldApartByTheirSockets() throws {
        let (here, there) = (PortHardware(serial: nil, place: "/1-1:1.0"), PortHardware(serial: nil, place: "/1-2:1.0"))
        let said = try refusals("usb-1a86_USB_Serial-if00-port0", [here, there, here])
        #expect(said[0] == nil && said[1] != nil && said[2] == nil, "by-id has one name for all of them")
    }

    @Test func aNameByTheSocketMeansWhateverIsPluggedIn() throws {
        #expect(try refusals("by-path/usb-0:1.2:1.0", [ours, other]) == [nil, nil])
    }

    @Test func aPortOfWhichTheKernelSaysNothingIsTaken() throws {
        #expect(try refusals("line", [nil, nil]) == [nil, nil])
    }
}
