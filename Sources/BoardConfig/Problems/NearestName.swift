/// Finds what the writer most likely meant.
enum NearestName {
    /// Longer names are not compared: no valid name is that long.
    private static let longest = 64

    /// The candidate with the fewest typing slips (insert, delete, replace, swap of neighbours; upper and lower case are
    /// the same), or one that `name` begins; nil when nothing is near. The first of equals.
    static func of(_ name: String, among candidates: some Sequence<String>) -> String? {
        let wanted = Array(name.lowercased().utf8)
        guard !wanted.isEmpty, wanted.count <= longest else { return nil }
        let allowed = max(1, wanted.count / 3)
        var best: (distance: Int, name: String)?
        var beginning: String?
        for candidate in candidates where candidate.utf8.count <= longest {
            let other = Array(candidate.lowercased().utf8)
            if wanted.count >= 2, beginning == nil, other.starts(with: wanted) { beginning = candidate }
            guard abs(other.count - wanted.count) <= allowed else { continue }
            let distance = slips(wanted, other)
            if distance <= allowed, distance < best?.distance ?? .max { best = (distance, candidate) }
        }
        // A single letter replaced by another is no likeness.
        if let best, best.distance < max(wanted.count, 2) { return best.name }
        return beginning
    }

    /// Optimal string alignment distance.
    private static func slips(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1] + [Int](repeating: 0, count: b.count)
            for j in b.indices {
                let replace = last[j] + (a[i] == b[j] ? 0 : 1)
                var cost = min(last[j + 1] + 1, row[j] + 1, replace)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforeLast[j - 1] + 1) }
                row[j + 1] = cost
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
