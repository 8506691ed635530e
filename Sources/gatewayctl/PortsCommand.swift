import ArgumentParser
import GatewayModel
import SerialPorts

struct PortsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ports",
        abstract: "Lists the serial ports of this machine: what each is, and the names that stay with it.",
        discussion: """
            A USB adapter is ttyUSB0 only until another one is plugged in first. A station's config names it by a link in \
            /dev/rs485/by-path (the socket) or /dev/rs485/by-serial (the adapter), which the package's udev rules make.

            Exit status: 0, or 69 when the system does not tell, or the PORT is none.

            EXAMPLES:
              gatewayctl ports
              gatewayctl ports /dev/ttyUSB0
              gatewayctl ports --json
            """)

    @Flag(help: "One JSON object a line.")
    var json = false

    @Argument(help: "Only this one.", completion: .file())
    var port: String?

    func run() throws {
        let ports: [PortIdentity]
        do throws(SerialPortsError) {
            if let port { ports = [try PortIdentity(of: port)] } else { ports = try PortIdentity.all() }
        } catch {
            StandardError.write("error: \(error)")
            throw ExitStatus.unavailable
        }
        let links = StableNames.links()
        if json {
            for port in ports { print(Self.json(port, links[port.path] ?? [])) }
        } else if ports.isEmpty {
            print("no serial ports")
        } else {
            for port in ports { print(Self.text(port, links[port.path] ?? [])) }
        }
    }

    private static func text(_ port: PortIdentity, _ links: [String]) -> String {
        let path = port.path + String(repeating: " ", count: max(1, 16 - port.path.count))
        var words = [port.kind.rawValue]
        if let usb = port.usb {
            if let vendor = usb.vendor, let product = usb.product {
                words.append("\(hexadecimal(vendor)):\(hexadecimal(product))")
            }
            if let serial = usb.serial { words.append("serial \(serial)") }
        }
        if let description = port.description { words.append(description) }
        var lines = [path + words.joined(separator: ", ")]
        for link in links { lines.append("                \(link)") }
        return lines.joined(separator: "\n")
    }

    private static func hexadecimal(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    private static func json(_ port: PortIdentity, _ links: [String]) -> String {
        var writer = JSONWriter()
        writer.object { json in
            json.field("path", port.path)
            json.field("kind", port.kind.rawValue)
            if let description = port.description { json.field("description", description) }
            if let usb = port.usb {
                if let vendor = usb.vendor { json.field("vendor", hexadecimal(vendor)) }
                if let product = usb.product { json.field("product", hexadecimal(product)) }
                if let maker = usb.maker { json.field("maker", maker) }
                if let name = usb.name { json.field("name", name) }
                if let serial = usb.serial { json.field("serial", serial) }
            }
            json.key("links")
            json.array { json in for link in links { json.string(link) } }
        }
        return writer.text
    }
}
