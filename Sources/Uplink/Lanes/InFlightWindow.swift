internal import GatewayModel

/// What has been published and not yet acknowledged by the broker.
struct InFlightWindow {
    enum Publication: Equatable {
        case batch(BatchKey, Lane)
        /// A copy of an event; its batch follows.
        case alarm(Lane)
        case dictionary(DictionaryID)
        case meta([UInt8])
        case status
    }

    struct Entry: Equatable {
        var publication: Publication
        var bytes: Int
        var sent: BootTime
        /// Not acknowledged by then: the connection is dead.
        var due: BootTime
    }

    private var entries: [CInt: Entry] = [:]
    private(set) var bytes = 0

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }
    /// When the first of the acknowledgements is overdue.
    var due: BootTime? { entries.values.map(\.due).min() }
    var batches: [BatchKey] {
        entries.values.compactMap { if case .batch(let key, _) = $0.publication { key } else { nil } }
    }

    /// False when the message id is in use: ids are 16 bits wide, and libmosquitto does not check them.
    mutating func add(_ entry: Entry, mid: CInt) -> Bool {
        guard entries[mid] == nil else { return false }
        entries[mid] = entry
        bytes += entry.bytes
        return true
    }

    /// nil for an id that is not known.
    mutating func take(_ mid: CInt) -> Entry? {
        guard let entry = entries.removeValue(forKey: mid) else { return nil }
        bytes -= entry.bytes
        return entry
    }
}
