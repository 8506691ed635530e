extension StateStore {
    private static let totals = "totals"

    /// The second copy of the counters' totals; written by who counts, at its own pace. A total never falls.
    package func noteTotals(_ totals: [CounterTotal]) {
        for total in totals where (self.total(total.key) ?? .min) < total.value {
            var bytes: [UInt8] = []
            bytes.append(littleEndian: total.value)
            set(total.key, in: Self.totals, to: bytes)
        }
    }

    private func total(_ key: String) -> Int64? {
        value(key, in: Self.totals).flatMap { $0.count == 8 ? $0.littleEndian64(at: 0) : nil }
    }

    /// Where counting goes on: of the outbox's copy, which is as new as the last batch that left the box, and of this
    /// one the larger. Call it when both are open; one that was damaged or is not open adds nothing.
    package func totals(with outbox: Outbox) async -> [String: Int64] {
        var totals = await outbox.counterTotals()
        for key in keys(in: Self.totals) {
            guard let own = total(key) else { continue }
            totals[key] = max(own, totals[key] ?? own)
        }
        return totals
    }
}
