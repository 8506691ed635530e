import BoardConfig

/// Asks on a terminal what the arguments left open. An empty answer takes what stands in brackets.
struct Questions {
    /// Shows a question and gives the answer; nil: the input has ended.
    var ask: (String) -> String?
    var say: (String) -> Void
    /// A wrong answer is asked again, so many times.
    static let mostTries = 5

    struct Ended: Error {}

    func answer<T>(_ question: String, otherwise: String?, _ read: (String) -> T?) throws(Ended) -> T {
        for _ in 0..<Self.mostTries {
            guard let line = ask(question + (otherwise.map { " [\($0)]" } ?? "") + ": ") else { throw Ended() }
            let text = line.split(separator: " ").joined(separator: " ")
            if let value = read(text.isEmpty ? otherwise ?? "" : text) { return value }
            say("  that does not fit")
        }
        throw Ended()
    }

    func kind() throws(Ended) -> StationKind {
        for (index, kind) in StationKind.allCases.enumerated() {
            say("  \(index + 1) \(kind.rawValue): \(kind.title), \(kind.chineseTitle)")
        }
        return try answer("kind", otherwise: "1") { text in
            if let number = Int(text), StationKind.allCases.indices.contains(number - 1) {
                return StationKind.allCases[number - 1]
            }
            return StationKind(rawValue: text)
        }
    }

    func id() throws(Ended) -> String {
        try answer("id (a-z, 0-9, -), as the platform knows the station", otherwise: nil) { text in
            NewStation.isID(text) ? text : nil
        }
    }

    func board(_ names: [String]) throws(Ended) -> String? {
        guard !names.isEmpty else { return nil }
        return try answer("board, one of \(names.joined(separator: " ")), or none", otherwise: "none") { text in
            text == "none" ? .some(nil) : names.contains(text) ? .some(text) : nil
        }
    }

    func broker() throws(Ended) -> NewBroker? {
        try answer("broker, HOST or HOST:PORT", otherwise: "later") { text in
            text == "later" ? .some(nil) : NewBroker(argument: text).map { .some($0) }
        }
    }

    /// One after the other until an empty answer. A word that is no template's name lists those that have it.
    func devices(_ templates: [DeviceTemplate], bus: String) throws(Ended) -> [NewDevice] {
        var devices: [NewDevice] = []
        var bus = bus
        while devices.count < 247 {
            guard let line = ask("device \(devices.count + 1): its template, or a word to search; empty: no more: ")
            else { break }
            let word = line.split(separator: " ").joined(separator: " ")
            if word.isEmpty { break }
            guard let template = templates.first(where: { $0.name == word }) else {
                let found = templates.filter { TemplateText.matches($0, word) }.prefix(12)
                for template in found { say("  \(template.name): \(template.title)") }
                if found.isEmpty { say("  no template has that word") }
                continue
            }
            let id = try answer(
                "  id",
                otherwise: template.category.isEmpty
                    ? "device-\(devices.count + 1)" : Self.free(template.category, devices)
            ) {
                text in text.isEmpty || devices.contains { $0.id == text } ? nil : text
            }
            bus = try answer("  bus", otherwise: bus) { $0.isEmpty ? nil : $0 }
            let address = try answer("  address", otherwise: nil) { $0.isEmpty ? nil : $0 }
            devices.append(NewDevice(id: id, template: template.name, bus: bus, address: address))
        }
        return devices
    }

    private static func free(_ name: String, _ devices: [NewDevice]) -> String {
        var (candidate, number) = (name, 1)
        while devices.contains(where: { $0.id == candidate }) {
            number += 1
            candidate = "\(name)-\(number)"
        }
        return candidate
    }
}
