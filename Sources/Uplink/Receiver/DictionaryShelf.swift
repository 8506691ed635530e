internal import GatewayModel

/// Which dictionaries this receiver's broker has, and the text of the few in use.
struct DictionaryShelf {
    private enum State { case publishing, acknowledged }

    /// Texts kept: the current dictionary, and the one before while its backlog drains.
    static let textCapacity = 2

    private let capacity: Int
    /// Least recently used first.
    private var states: [(id: DictionaryID, state: State)] = []
    private var texts: [(id: DictionaryID, text: [UInt8])] = []
    /// Asked of the store and not yet answered; one at a time.
    private(set) var asked: DictionaryID?

    init(capacity: Int) { self.capacity = capacity }

    func isAcknowledged(_ id: DictionaryID) -> Bool {
        states.contains { $0.id == id && $0.state == .acknowledged }
    }

    func isPublishing(_ id: DictionaryID) -> Bool { states.contains { $0.id == id && $0.state == .publishing } }

    func text(_ id: DictionaryID) -> [UInt8]? { texts.first { $0.id == id }?.text }

    /// True when the caller should now ask the store.
    mutating func ask(_ id: DictionaryID) -> Bool {
        guard asked == nil else { return false }
        asked = id
        return true
    }

    mutating func answered(_ id: DictionaryID, text: [UInt8]?) {
        if asked == id { asked = nil }
        guard let text else { return }
        texts.removeAll { $0.id == id }
        texts.append((id, text))
        if texts.count > Self.textCapacity { texts.removeFirst() }
    }

    mutating func published(_ id: DictionaryID) { set(id, .publishing) }

    mutating func acknowledged(_ id: DictionaryID, keepText: Bool) {
        set(id, .acknowledged)
        if !keepText { texts.removeAll { $0.id == id } }
    }

    mutating func refused(_ id: DictionaryID) { states.removeAll { $0.id == id } }

    /// What was published and not acknowledged is published again on the next connection.
    mutating func connectionEnded() { states.removeAll { $0.state == .publishing } }

    /// The broker may have lost what it retained.
    mutating func forgetAcknowledged() { states.removeAll() }

    private mutating func set(_ id: DictionaryID, _ state: State) {
        states.removeAll { $0.id == id }
        states.append((id, state))
        if states.count > capacity { states.removeFirst() }
    }
}
