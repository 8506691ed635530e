import Foundation
import Glibc
import Testing

@testable import stationsim

/// The names of a USB adapter's port, and what is left of them when it is plugged in again.
@Suite(.serialized) struct PortLinkTests {
    private func station(returns: String) throws -> RunningStation {
        try RunningStation(
            oneDevice(
                lineOptions: #", adapter: {device: "ttyUSB0", id: "usb-FTDI_A50285BI", path: "usb-0:1.2:1.0"}"#,
                points: temperature,
                faults: #"{bus: "line", kind: "port-gone", from: "400ms", to: "700ms", returns: \#(returns)}"#))
    }

    private func target(_ station: RunningStation, _ name: String) -> String? {
        guard let path = realpath("\(station.directory)/\(name)", nil) else { return nil }
        defer { free(path) }
        return String(cString: path)
    }

    private func wait(_ what: Comment, _ condition: () -> Bool) throws {
        let deadline = RawMaster.now() + 5_000_000_000
        while !condition() {
            try #require(RawMaster.now() < deadline, what)
            usleep(2_000)
        }
    }

    private func replug(_ station: RunningStation) throws {
        try wait("gone") { target(station, "line") == nil }
        for name in ["dev/ttyUSB0", "dev/serial/by-id/usb-FTDI_A50285BI", "dev/serial/by-path/usb-0:1.2:1.0"] {
            #expect(target(station, name) == nil)
        }
        try wait("back") { target(station, "line") != nil }
        // The link of the line is the first that is made.
        #expect(try station.events(2) == ["port-gone", "port-back"])
    }

    @Test func allNames_leadToOnePort() throws {
        let station = try station(returns: "{}")
        let port = try #require(target(station, "line"))
        #expect(port.hasPrefix("/dev/pts/"))
        for name in ["dev/ttyUSB0", "dev/serial/by-id/usb-FTDI_A50285BI", "dev/serial/by-path/usb-0:1.2:1.0"] {
            #expect(target(station, name) == port)
        }
        let link = "\(station.directory)/dev/serial/by-id/usb-FTDI_A50285BI"
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "../../ttyUSB0")
    }

    @Test func theSameAdapterUnderAnotherNumber_keepsItsStableNames() throws {
        let station = try station(returns: #"{device: "ttyUSB3"}"#)
        try replug(station)
        let port = try #require(target(station, "line"))
        #expect(target(station, "dev/ttyUSB0") == nil)
        for name in ["dev/ttyUSB3", "dev/serial/by-id/usb-FTDI_A50285BI", "dev/serial/by-path/usb-0:1.2:1.0"] {
            #expect(target(station, name) == port)
        }
    }

    @Test func anotherAdapterInTheSameSocket_hasAnotherSerialNumber() throws {
        let station = try station(returns: #"{id: "usb-FTDI_OTHER"}"#)
        try replug(station)
        #expect(target(station, "dev/serial/by-id/usb-FTDI_A50285BI") == nil)
        #expect(target(station, "dev/serial/by-id/usb-FTDI_OTHER") == target(station, "line"))
        #expect(target(station, "dev/serial/by-path/usb-0:1.2:1.0") == target(station, "line"))
    }
}
