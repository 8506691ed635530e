/// The devices of what `gatewayctl scan` printed: `modbus:12  9600 8N1  20 ms  looks like tuf-2000m (8 register runs answer)`.
enum ScanList {
    static let most = 1_000

    struct Finding: Equatable {
        /// nil: its family is not known.
        var template: String?
        var address: String
        var settings: String
        var line: String
    }

    static func findings(_ text: String) -> [Finding] {
        text.split(whereSeparator: \.isNewline).prefix(most).compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard words.count >= 3, Int(words[1]) != nil, words[2].utf8.count == 3 else { return nil }
            let parts = words[0].split(separator: ":").map(String.init)
            guard parts.count >= 2 else { return nil }
            let settings = "\(words[1]) \(words[2])"
            var family: String?
            for (place, word) in words.enumerated().dropFirst(3) where place + 1 < words.count {
                let before = words[place - 1]
                if (before == "looks" && word == "like") || (before == "may" && word == "be") {
                    family = words[place + 1]
                }
            }
            let (template, address): (String?, String)
            switch (parts[0], parts.count) {
            case ("modbus", 2): (template, address) = (family, parts[1])
            case ("dlt645", 2): (template, address) = ("dlt645-2007-meter", parts[1])
            case ("cjt188", 3):
                (template, address) = (parts[1] == "32" ? "cjt188-heat-meter" : "cjt188-water-meter", parts[2])
            case ("m-bus", 2...): (template, address) = ("mbus-heat-meters", parts[1])
            // Several meters that answer at once.
            case ("several", 2): (template, address) = (nil, "")
            default: return nil
            }
            return Finding(template: template, address: address, settings: settings, line: String(line))
        }
    }
}
