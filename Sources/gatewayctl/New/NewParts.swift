import ArgumentParser

/// `meters`, `meters=rs485-2`, `meters=/dev/ttyS1,19200 8E1`, `plc=192.168.1.20:502`
struct NewBus: Equatable, ExpressibleByArgument {
    var id: String
    /// A port's name or path, or `HOST:PORT`; nil: the board's next free port.
    var place: String?
    /// `9600 8N1`; nil: what the first device's family leaves the factory with.
    var settings: String?

    init(id: String, place: String?, settings: String?) {
        self.id = id
        self.place = place
        self.settings = settings
    }

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
        guard let id = parts.first, !id.isEmpty else { return nil }
        var (place, settings) = (String?.none, String?.none)
        if parts.count == 2 {
            let words = parts[1].split(separator: ",", maxSplits: 1).map(String.init)
            place = words.first
            if words.count == 2 {
                guard words[1].split(separator: " ").count == 2 else { return nil }
                settings = words[1]
            }
        } else if argument.contains("=") {
            return nil
        }
        self.init(id: id, place: place, settings: settings)
    }

    var isTCP: Bool { place.map { !$0.hasPrefix("/") && $0.contains(":") } ?? false }
}

/// `heat-meter=tuf-2000m@meters:12`
struct NewDevice: Equatable, ExpressibleByArgument {
    var id: String
    var template: String
    var bus: String
    var address: String
    /// What a search has seen; nil: nothing.
    var settings: String?
    var note: String?

    init(id: String, template: String, bus: String, address: String) {
        self.id = id
        self.template = template
        self.bus = bus
        self.address = address
    }

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), let at = argument.firstIndex(of: "@"), equals < at,
            let colon = argument[at...].firstIndex(of: ":")
        else { return nil }
        self.init(
            id: String(argument[..<equals]), template: String(argument[argument.index(after: equals)..<at]),
            bus: String(argument[argument.index(after: at)..<colon]),
            address: String(argument[argument.index(after: colon)...]))
        guard !id.isEmpty, !template.isEmpty, !bus.isEmpty, !address.isEmpty else { return nil }
    }
}

/// `broker.example`, `broker.example:8883`
struct NewBroker: Equatable, ExpressibleByArgument {
    var host: String
    var port: UInt16?

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard let host = parts.first, !host.isEmpty, parts.count <= 2 else { return nil }
        self.host = host
        if parts.count == 2 {
            guard let port = UInt16(parts[1]), port > 0 else { return nil }
            self.port = port
        }
    }
}
