extension PointDefinition {
    /// The words that stand in the point's registers now, and the value that they mean.
    func content(_ signal: Double, _ faults: [Fault.Kind]) -> (words: [UInt16], value: TruthValue) {
        for case .words(let name, let words) in faults where name == self.name {
            let raw = words.map { String(UInt32($0) + 0x1_0000, radix: 16).dropFirst() }.joined()
            return (words, TruthValue(device: device, point: name, json: "null", raw: raw))
        }
        if isBit {
            let isSet = signal >= 0.5
            let value = TruthValue(device: device, point: name, json: isSet ? "1" : "0", raw: nil)
            return ([isSet ? 1 << UInt16(bit ?? 0) : 0], value)
        }
        let (bits, raw) = form.quantised(line.raw(for: signal))
        let value = line.value(of: raw)?.description ?? "null"
        let words = form.words(bits, lowWordFirst: lowWordFirst)
        return (words, TruthValue(device: device, point: name, json: value, raw: nil))
    }
}
