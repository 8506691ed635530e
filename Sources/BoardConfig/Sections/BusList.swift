internal import GatewayModel

/// The buses of the config, sound ones and others, so that a device on a faulty bus is not blamed for it.
struct BusList {
    struct Entry {
        var id: String
        /// nil: something about it is wrong.
        var bus: BusConfiguration?
        /// What it is meant to be, when that can be seen.
        var isSerial: Bool?
        var position: TextPosition
        var hasDevices = false
    }

    var entries: [Entry] = []
    /// Set when buses could not be read at all or an id was faulty: then an unknown bus id is no news.
    var isIncomplete = false

    var sound: [BusConfiguration] { entries.compactMap(\.bus) }
    var ids: [String] { entries.map(\.id) }
    func entry(_ id: String) -> Entry? { entries.first { $0.id == id } }
}
