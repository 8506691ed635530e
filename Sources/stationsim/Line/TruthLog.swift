import Glibc

/// The ledger of everything that was served, one JSON line for each value; shared by the threads of all buses.
///
/// Each answer is one write(2) of whole lines to a file opened for appending, so lines of two buses never mix and a
/// killed simulator leaves nothing half told.
final class TruthLog: Sendable {
    private let descriptor: CInt

    /// nil when the file cannot be opened; errno says why.
    init?(path: String) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o644)
        if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }

    /// - Parameters:
    ///   - time: The end of the answer's last byte, CLOCK_REALTIME.
    ///   - asked: The arrival of the request's first byte: who was killed after it cannot have heard the answer.
    ///   - master: Whom it answered; nil: the program at the port.
    func served(
        _ values: [TruthValue], at time: Nanoseconds, asked: Nanoseconds?, isDoubtful: Bool = false,
        to master: String? = nil
    ) {
        guard !values.isEmpty else { return }
        let stamp = Self.milliseconds(time)
        var text = ""
        for value in values {
            text +=
                "{\"device\":\"\(value.device)\",\"point\":\"\(value.point)\",\"time\":\(stamp),\"value\":\(value.json)"
            if let asked { text += ",\"asked\":\(Self.milliseconds(asked))" }
            if let raw = value.raw { text += ",\"raw\":\"\(raw)\"" }
            if let master { text += ",\"master\":\"\(master)\"" }
            if isDoubtful { text += ",\"doubtful\":true" }
            text += "}\n"
        }
        write(text)
    }

    /// Something that is not a served value: `crc`, `late`, `ignored`, ... `device` nil: nobody's.
    func event(_ name: String, bus: String, device: String?, at time: Nanoseconds, code: UInt8? = nil) {
        var text = "{\"event\":\"\(name)\",\"bus\":\"\(bus)\""
        if let device { text += ",\"device\":\"\(device)\"" }
        if let code { text += ",\"code\":\(code)" }
        write(text + ",\"time\":\(Self.milliseconds(time))}\n")
    }

    private func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in _ = Glibc.write(descriptor, bytes.baseAddress, bytes.count) }
    }

    /// Milliseconds with three decimals.
    static func milliseconds(_ time: Nanoseconds) -> String {
        let microseconds = String(time / 1000 % 1000 + 1000)
        return "\(time / 1_000_000).\(microseconds.dropFirst())"
    }
}
