import CLinux
import Foundation
import Testing

@testable import SerialPorts

/// What can be seen without a real UART; the rest is `Scripts/virtual-board`, scenario `station`.
@Suite struct SerialPortsTests {
    @Test func everyPortOfThisMachineIsADeviceAndIsKnownByItsNameToo() throws {
        for port in try PortIdentity.all() {
            #expect(port.path.hasPrefix("/dev/"))
            #expect(try PortIdentity(of: port.path) == port)
            #expect((port.usb != nil) == (port.kind == .usb))
        }
    }

    @Test func whatIsNoSerialPortIsRefusedByName() {
        var slave = [CChar](repeating: 0, count: 64)
        let master = CLinux_open_pty_master(&slave, UInt(slave.count))
        defer { close(master) }
        let terminal = String(decoding: slave.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        for path in [terminal, "/dev/null", "/dev/nothing", ""] {
            #expect(throws: SerialPortsError.self, "\(path)") { try PortIdentity(of: path) }
        }
    }

    @Test func linksAreFoundByWhatTheyPointTo() throws {
        let root = NSTemporaryDirectory() + "dg-ports-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        let files = FileManager.default
        for directory in ["dev", "by-path", "by-serial"] {
            try files.createDirectory(atPath: "\(root)/\(directory)", withIntermediateDirectories: true)
        }
        for device in ["ttyUSB0", "ttyUSB1"] {
            #expect(files.createFile(atPath: "\(root)/dev/\(device)", contents: nil))
        }
        for (link, target) in [
            ("by-path/left", "ttyUSB1"), ("by-path/right", "ttyUSB0"), ("by-serial/A1", "ttyUSB1"),
            ("by-serial/gone", "ttyUSB7"),
        ] {
            try files.createSymbolicLink(atPath: "\(root)/\(link)", withDestinationPath: "../dev/\(target)")
        }
        let resolved = try #require(realpath(root, nil).map { String(cString: $0) })
        let links = StableNames.links(in: ["\(root)/by-path", "\(root)/by-serial", "\(root)/nowhere"])
        #expect(
            links == [
                "\(resolved)/dev/ttyUSB1": ["\(root)/by-path/left", "\(root)/by-serial/A1"],
                "\(resolved)/dev/ttyUSB0": ["\(root)/by-path/right"],
            ])
    }
}
