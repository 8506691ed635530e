import BoardConfig

extension NewStation {
    /// Puts what a search has found onto one line. Names are the family's, with numbers where one comes twice.
    mutating func add(_ findings: [ScanList.Finding], bus: String) {
        for finding in findings {
            guard let template = finding.template, let family = templates[template] else {
                unknown.append((bus, finding))
                continue
            }
            let base = family.category.isEmpty ? "device" : family.category
            var (id, number) = (base, 1)
            while devices.contains(where: { $0.id == id }) {
                number += 1
                id = "\(base)-\(number)"
            }
            var device = NewDevice(id: id, template: template, bus: bus, address: finding.address)
            device.settings = finding.settings
            device.note = "Found: \(finding.line.split(separator: " ").joined(separator: " "))"
            devices.append(device)
        }
    }

    /// `[a-z0-9][a-z0-9-]{0,62}`, as the config asks for.
    static func isID(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 63, first != 45 else { return false }
        return text.utf8.allSatisfy { ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == 45 }
    }
}
