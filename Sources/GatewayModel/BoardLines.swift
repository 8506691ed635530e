/// Where a GPIO line is. A chip is known by its label, or by its device name, whose number may change from boot to boot.
package enum LineAddress: Hashable, Sendable {
    /// `line`: its place on the chip, from 0.
    case offset(chip: String, line: Int)
    /// The line's own name, from the device tree; `chip` nil: on whichever chip has it.
    case name(String, chip: String?)

    /// `9030000.pl061 line 3`, `relay-1`.
    package var text: String {
        switch self {
        case .offset(let chip, let line): "\(chip) line \(line)"
        case .name(let name, nil): name
        case .name(let name, let chip?): "\(chip) line \(name)"
        }
    }
}

package enum LineBias: String, CaseIterable, Sendable {
    case pullUp = "pull-up"
    case pullDown = "pull-down"
    /// Switched off.
    case none
}

/// One GPIO line and how it is wired.
package struct LineDescription: Hashable, Sendable {
    package var address: LineAddress
    /// A low level means active.
    package var isActiveLow: Bool
    /// nil: as the board has it.
    package var bias: LineBias?

    package init(address: LineAddress, isActiveLow: Bool = false, bias: LineBias? = nil) {
        self.address = address
        self.isActiveLow = isActiveLow
        self.bias = bias
    }
}

/// A wire that is watched: as a state (0 inactive, 1 active), or by counting its pulses.
package struct InputConfiguration: Hashable, Sendable {
    package var id: String
    package var line: LineDescription
    /// A change counts once it has lasted so long, 0 ... 10 s; 0: at once.
    package var debounce: Nanoseconds
    /// Pulses are counted: the reading is their total, an Int64.
    package var isCounter: Bool
    /// Its point, of device `io`.
    package var point: PointIndex

    package init(
        id: String, line: LineDescription, debounce: Nanoseconds = 0, isCounter: Bool = false, point: PointIndex
    ) {
        self.id = id
        self.line = line
        self.debounce = debounce
        self.isCounter = isCounter
        self.point = point
    }
}

/// A line that the gateway drives.
package struct OutputConfiguration: Hashable, Sendable {
    package var id: String
    package var line: LineDescription
    /// What it is at the start and after the stop.
    package var safe: Bool
    /// It may be set by command.
    package var isOperable: Bool
    /// It goes off by itself after so long, 100 ms ... 1 day; nil: it stays on.
    package var maxOn: Nanoseconds?
    /// Its point, of device `io`.
    package var point: PointIndex

    package init(
        id: String, line: LineDescription, safe: Bool = false, isOperable: Bool = false, maxOn: Nanoseconds? = nil,
        point: PointIndex
    ) {
        self.id = id
        self.line = line
        self.safe = safe
        self.isOperable = isOperable
        self.maxOn = maxOn
        self.point = point
    }
}
