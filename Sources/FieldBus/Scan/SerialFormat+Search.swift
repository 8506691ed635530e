package import GatewayModel

extension SerialFormat {
    /// `9600` and `8N1`; nil: not so.
    package init?(words baud: String, _ shape: String) {
        let letters = shape.map(String.init)
        guard let baud = Int(baud), (300...921_600).contains(baud), letters.count == 3, let bits = Int(letters[0]),
            (7...8).contains(bits), let parity = Parity(rawValue: letters[1]), let stops = Int(letters[2]),
            (1...2).contains(stops)
        else { return nil }
        self.init(baud: baud, dataBits: bits, parity: parity, stopBits: stops)
    }

    /// In the order of how often they are met: the own rate with other parities, then other rates.
    package var alternatives: [SerialFormat] {
        let parities: [(Parity, Int)] = [(.none, 1), (.even, 1), (.odd, 1), (.none, 2)]
        let bauds = [baud] + [9_600, 19_200, 2_400, 4_800, 38_400, 115_200, 57_600, 1_200].filter { $0 != baud }
        let all = bauds.flatMap { baud in
            parities.prefix(baud == self.baud ? 4 : 2).map {
                SerialFormat(baud: baud, parity: $0.0, stopBits: $0.1)
            }
        }
        return all.filter { $0 != self }
    }
}
