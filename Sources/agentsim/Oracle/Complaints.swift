/// What an oracle found wrong: all counted, the first few told.
struct Complaints {
    private static let told = 12
    private(set) var count = 0
    private(set) var texts: [String] = []

    mutating func add(_ text: String) {
        count += 1
        if texts.count < Self.told { texts.append(text) }
    }
}
