internal import CSerialPort

/// What a serial port of this machine is, as libserialport tells.
package struct PortIdentity: Hashable, Sendable {
    package enum Kind: String, Sendable { case native, usb, bluetooth, unknown }

    /// What tells one USB adapter from another; nil: the adapter does not say.
    package struct USB: Hashable, Sendable {
        /// 0 ... 65535.
        package var vendor: Int?
        package var product: Int?
        package var maker: String?
        package var name: String?
        package var serial: String?
    }

    /// `/dev/ttyS0`.
    package var path: String
    package var kind: Kind
    /// In the driver's words.
    package var description: String?
    package var usb: USB?

    package init(path: String, kind: Kind, description: String? = nil, usb: USB? = nil) {
        self.path = path
        self.kind = kind
        self.description = description
        self.usb = usb
    }

    /// Of one port. It is not opened. Pseudo terminals have no identity: libserialport looks in /sys/class/tty.
    package init(of path: String) throws(SerialPortsError) {
        var port: OpaquePointer?
        let result = sp_get_port_by_name(path, &port)
        guard result == SP_OK, let port else { throw SerialPortsError(result, path) }
        defer { sp_free_port(port) }
        self.init(port)
    }

    /// All ports of this machine, in the order of their names. libserialport opens those of the kernel's 8250 driver for a
    /// moment to see whether there is a UART behind them, so lines DTR and RTS of a port that nobody holds may move.
    package static func all() throws(SerialPortsError) -> [PortIdentity] {
        var list: UnsafeMutablePointer<OpaquePointer?>?
        let result = sp_list_ports(&list)
        guard result == SP_OK, let list else { throw SerialPortsError(result, "/sys/class/tty") }
        defer { sp_free_port_list(list) }
        var ports: [PortIdentity] = []
        while let port = list[ports.count] { ports.append(PortIdentity(port)) }
        return ports.sorted { ($0.path.utf8.count, $0.path) < ($1.path.utf8.count, $1.path) }
    }

    private init(_ port: OpaquePointer) {
        func text(_ value: UnsafeMutablePointer<CChar>?) -> String? {
            value.map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        path = text(sp_get_port_name(port)) ?? "?"
        description = text(sp_get_port_description(port))
        switch sp_get_port_transport(port) {
        case SP_TRANSPORT_NATIVE: kind = .native
        case SP_TRANSPORT_USB: kind = .usb
        case SP_TRANSPORT_BLUETOOTH: kind = .bluetooth
        default: kind = .unknown
        }
        guard kind == .usb else { return }
        var (vendor, product): (CInt, CInt) = (0, 0)
        let isKnown = sp_get_port_usb_vid_pid(port, &vendor, &product) == SP_OK
        usb = USB(
            vendor: isKnown ? Int(vendor) : nil, product: isKnown ? Int(product) : nil,
            maker: text(sp_get_port_usb_manufacturer(port)), name: text(sp_get_port_usb_product(port)),
            serial: text(sp_get_port_usb_serial(port)))
    }
}
