internal import GatewayModel

/// When each thing that can happen is due, in truth: UTC, ns since 1970. At one moment they happen in this order.
struct Agenda: Sendable {
    enum Item: Int, CaseIterable {
        case recovery, strike, start, firstBus, secondBus, gather, store, clock, upkeep, errand
        case firstLink, secondLink, firstReceiver, secondReceiver, watch
    }

    static let never = Nanoseconds.max

    private var due = [Nanoseconds](repeating: never, count: Item.allCases.count)

    subscript(item: Item) -> Nanoseconds {
        get { due[item.rawValue] }
        set { due[item.rawValue] = newValue }
    }

    mutating func bring(_ item: Item, forwardTo time: Nanoseconds) { self[item] = min(self[item], time) }

    /// Everything that the agent's process does.
    mutating func forgetProcess() {
        for item in Item.allCases where ![.recovery, .strike, .start, .watch].contains(item) { self[item] = Self.never }
    }

    var next: (item: Item, at: Nanoseconds) {
        var best = 0
        for index in 1..<due.count where due[index] < due[best] { best = index }
        return (Item(rawValue: best) ?? .watch, due[best])
    }

    static func bus(_ index: Int) -> Item { index == 0 ? .firstBus : .secondBus }
    static func link(_ index: Int) -> Item { index == 0 ? .firstLink : .secondLink }
    static func receiver(_ index: Int) -> Item { index == 0 ? .firstReceiver : .secondReceiver }
}
