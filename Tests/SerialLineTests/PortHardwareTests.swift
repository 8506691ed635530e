import Foundation
import SerialLine
import Testing

/// Adapters in a tree like the kernel's: `devices/...` and links to it from `dev/char`.
@Suite struct PortHardwareTests {
    /// - Parameter ports: number of the character device -> path of its device below `devices`.
    private func sysfs(_ ports: [String: String], serials: [String: String] = [:]) throws -> String {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("sysfs-\(UUID().uuidString)")
        let manager = FileManager.default
        try manager.createDirectory(at: root.appendingPathComponent("dev/char"), withIntermediateDirectories: true)
        for (number, device) in ports {
            let folder = root.appendingPathComponent("devices/\(device)")
            try manager.createDirectory(at: folder, withIntermediateDirectories: true)
            try manager.createSymbolicLink(
                atPath: root.appendingPathComponent("dev/char/\(number)").path,
                withDestinationPath: "../../devices/\(device)")
        }
        for (device, serial) in serials {
            try Data(serial.utf8).write(to: root.appendingPathComponent("devices/\(device)/serial"))
        }
        return root.path
    }

    @Test func anAdapterIsKnownByItsNumberWhereverItIsPluggedIn() throws {
        let root = try sysfs(
            [
                "188:0": "pci/usb1/1-1/1-1.2/1-1.2:1.0/ttyUSB0/tty/ttyUSB0",
                "188:3": "pci/usb1/1-1/1-1.4/1-1.4:1.0/ttyUSB3/tty/ttyUSB3",
                "188:4": "pci/usb1/1-1/1-1.3/1-1.3:1.0/ttyUSB4/tty/ttyUSB4",
            ],
            serials: [
                "pci/usb1/1-1/1-1.2": "A50285BI\n", "pci/usb1/1-1/1-1.4": "A50285BI\n",
                "pci/usb1/1-1/1-1.3": "B6021XYZ\n",
            ])
        defer { try? FileManager.default.removeItem(atPath: root) }
        let first = try #require(PortHardware(major: 188, minor: 0, sysfs: root))
        let moved = try #require(PortHardware(major: 188, minor: 3, sysfs: root))
        let other = try #require(PortHardware(major: 188, minor: 4, sysfs: root))
        #expect(first.description == "serial number A50285BI at 1-1.2:1.0")
        #expect(first.isSame(as: moved) && !first.isSame(as: other))
        #expect(PortHardware(major: 136, minor: 0, sysfs: root) == nil, "a PTY is no hardware")
    }

    @Test func twoPortsOfOneAdapterAreTwo_andOneWithoutNumberIsKnownByItsSocket() throws {
        let root = try sysfs(
            [
                "188:0": "usb1/1-1/1-1:1.0/ttyUSB0/tty/ttyUSB0", "188:1": "usb1/1-1/1-1:1.1/ttyUSB1/tty/ttyUSB1",
                "188:2": "usb1/1-2/1-2:1.0/ttyUSB2/tty/ttyUSB2", "188:3": "usb1/1-3/1-3:1.0/ttyUSB3/tty/ttyUSB3",
                "166:0": "usb1/1-4/1-4:1.0/tty/ttyACM0", "4:65": "platform/serial8250/tty/ttyS1",
            ], serials: ["usb1/1-1": "FT4XYZ"])
        defer { try? FileManager.default.removeItem(atPath: root) }
        func port(_ major: UInt32, _ minor: UInt32) throws -> PortHardware {
            try #require(PortHardware(major: major, minor: minor, sysfs: root))
        }
        #expect(try !port(188, 0).isSame(as: port(188, 1)))
        #expect(try port(188, 2).isSame(as: port(188, 2)) && !port(188, 2).isSame(as: port(188, 3)))
        #expect(try !port(188, 0).isSame(as: port(188, 2)), "one has a number, the other has none")
        #expect(try port(166, 0).place.hasSuffix("/1-4/1-4:1.0"))
        #expect(try port(4, 65).place.hasSuffix("/platform/serial8250"))
        #expect(try port(4, 65).isSame(as: port(4, 65)))
    }
}
