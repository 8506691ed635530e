package import GatewayModel

/// All that a verdict on one bus is made of: a copy of the tallies, with the names that the verdict needs.
package struct BusCase: Sendable {
    package struct Device: Sendable {
        package var id: String
        package var unit: UInt8
        /// As a person writes it: the unit, or a meter's number.
        package var address: String
        package var isModbus = true
        package var tally = DeviceTally()
        package var isSilent = false
        /// It has answered, in this run or by what earlier ones learnt.
        package var hasEverAnswered = false
        package var timeout: Nanoseconds
        package var times: ResponseTimes?
        /// It says that it is another device; nil: it does not.
        package var other: (expected: String, seen: String)?
        /// Where it answered when it was looked for; nil: it was not, or nowhere.
        package var foundAt: Finding?
        /// Other settings and addresses that were tried for it in vain.
        package var tries = 0

        package init(id: String, unit: UInt8, timeout: Nanoseconds) {
            self.id = id
            self.unit = unit
            address = "\(unit)"
            self.timeout = timeout
        }
    }

    /// An answer at settings that the config does not have.
    package struct Finding: Hashable, Sendable {
        package var unit: UInt8
        package var format: SerialFormat

        package init(unit: UInt8, format: SerialFormat) {
            self.unit = unit
            self.format = format
        }
    }

    /// A state point by whose "on" answers are spoiled.
    package struct Signal: Hashable, Sendable {
        /// `device.point`
        package var name: String
        package var row: SignalTally.Row

        package init(name: String, row: SignalTally.Row) {
            self.name = name
            self.row = row
        }
    }

    /// nil: not a serial line of this board.
    package var format: SerialFormat?
    package var devices: [Device]
    package var line = LineTally()
    package var signal: Signal?
    package var now: BootTime

    package init(format: SerialFormat?, devices: [Device], now: BootTime) {
        self.format = format
        self.devices = devices
        self.now = now
    }

    /// Devices that were heard well lately.
    var healthy: [Device] { devices.filter { !$0.isSilent && $0.tally.answers > 0 } }
}
