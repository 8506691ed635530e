internal import CGpiod
internal import GatewayModel
internal import Glibc

/// The chips of the kernel, by libgpiod.
package struct GpiodBank: LineBank {
    /// Device numbers that are looked at: `gpiochip0` to this.
    private static let most = 64

    package init() {}

    package func request(_ request: LineRequest) throws(LineFailure) -> any HeldLine {
        let (path, offset) = try find(request.line.address)
        var settings = CGpiod_settings()
        settings.active_low = request.line.isActiveLow ? 1 : 0
        settings.bias =
            switch request.line.bias {
            case nil: CInt(CGpiod_BIAS_AS_IS)
            case .none?: CInt(CGpiod_BIAS_DISABLED)
            case .pullUp?: CInt(CGpiod_BIAS_PULL_UP)
            case .pullDown?: CInt(CGpiod_BIAS_PULL_DOWN)
            }
        let isDebounced = CGpiod_version() >= 2
        switch request.use {
        case .output(let value):
            settings.is_output = 1
            settings.value = value ? 1 : 0
        case .pulses where isDebounced || request.debounce == 0:
            settings.edges = CInt(CGpiod_RISING_EDGES)
        case .pulses, .state: settings.edges = CInt(CGpiod_BOTH_EDGES)
        }
        settings.debounce_us = UInt(clamping: request.debounce / 1_000)
        if let line = CGpiod_request(path, offset, &settings) {
            return GpiodLine(line, hasEdges: settings.edges != 0, isDebounced: isDebounced)
        }
        let reason = errno
        // Chips behind I2C or USB often have no interrupts (ENXIO, EINVAL), and then their lines are looked at.
        if settings.edges != 0, reason != EBUSY, reason != ENODEV {
            settings.edges = CInt(CGpiod_NO_EDGES)
            settings.debounce_us = 0
            if let line = CGpiod_request(path, offset, &settings) {
                return GpiodLine(line, hasEdges: false, isDebounced: false)
            }
        }
        throw LineFailure("\(request.line.address.text): \(Self.text(reason, hasBias: request.line.bias != nil))")
    }

    private func find(_ address: LineAddress) throws(LineFailure) -> (path: String, offset: CUnsignedInt) {
        var seen: [String] = []
        for number in 0..<Self.most {
            let (name, path) = ("gpiochip\(number)", "/dev/gpiochip\(number)")
            guard access(path, F_OK) == 0 else { continue }
            let label = Self.label(of: path)
            seen.append("\(name) (\(label ?? String(cString: strerror(errno))))")
            let isMeant: (String) -> Bool = { $0 == label || $0 == name || $0 == path }
            switch address {
            case .offset(let chip, let line) where isMeant(chip): return (path, CUnsignedInt(clamping: line))
            case .name(let line, let chip) where chip.map(isMeant) ?? true:
                let offset = CGpiod_find_line(path, line)
                if offset >= 0 { return (path, CUnsignedInt(offset)) }
            default: break
            }
        }
        let chips = seen.isEmpty ? "this board has no GPIO chip" : "there are \(seen.joined(separator: ", "))"
        throw LineFailure("\(address.text): no such line; \(chips)")
    }

    /// 524 is the kernel's own "not supported", which C does not know (include/linux/errno.h).
    private static func text(_ reason: CInt, hasBias: Bool) -> String {
        switch reason {
        case EBUSY: "another program has it; gpioinfo shows which"
        case EACCES, EPERM: "no permission; the daemon's group must own /dev/gpiochip*"
        case EINVAL, EOPNOTSUPP, 524: "the chip cannot do this" + (hasBias ? "; try without bias" : "")
        default: String(cString: strerror(reason))
        }
    }

    private static func label(of path: String) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { label in
            guard let start = label.baseAddress, CGpiod_chip_label(path, start, label.count) == 0 else { return nil }
            return String(cString: start)
        }
    }
}

/// A line requested of the kernel.
private final class GpiodLine: HeldLine {
    private var line: OpaquePointer?
    let descriptor: CInt
    let isDebounced: Bool

    init(_ line: OpaquePointer, hasEdges: Bool, isDebounced: Bool) {
        self.line = line
        descriptor = hasEdges ? CGpiod_descriptor(line) : -1
        self.isDebounced = isDebounced
    }

    deinit { release() }

    func release() {
        if let line { CGpiod_release(line) }
        line = nil
    }

    func level() throws(LineFailure) -> Bool {
        let level = CGpiod_get(try held())
        guard level >= 0 else { throw Self.lastFailure() }
        return level > 0
    }

    func set(_ isActive: Bool) throws(LineFailure) {
        guard CGpiod_set(try held(), isActive ? 1 : 0) == 0 else { throw Self.lastFailure() }
    }

    func edges() throws(LineFailure) -> [LineEdge] {
        let line = try held()
        guard descriptor >= 0 else { return [] }
        var edges = [CGpiod_edge](repeating: CGpiod_edge(), count: 64)
        let count = CGpiod_read(line, &edges, CInt(edges.count))
        guard count >= 0 else { throw Self.lastFailure() }
        let (offset, isNumbered) = (MonotonicTime.offset(), CGpiod_version() >= 2)
        return edges.prefix(Int(count)).map { edge in
            LineEdge(
                time: BootTime(nanoseconds: edge.time + offset), isActive: edge.rising != 0,
                number: isNumbered ? edge.number : nil)
        }
    }

    private func held() throws(LineFailure) -> OpaquePointer {
        guard let line else { throw LineFailure("the line was released") }
        return line
    }

    private static func lastFailure() -> LineFailure { LineFailure(String(cString: strerror(errno))) }
}
