package import GatewayModel

/// Recorded frames as lines for a person: when, which way, the bytes, what they mean.
package struct FrameText {
    /// How the bytes of a bus are framed.
    package enum Framing: Hashable, Sendable {
        case rtu, tcp

        package init(_ connection: BusConnection) {
            if case .modbusTCP = connection { self = .tcp } else { self = .rtu }
        }
    }

    private let framing: Framing
    private var asked: ReadRequest?
    private var before: BootTime?
    /// The protocol of the last frame of a meter without registers.
    private var speech: String?

    package init(_ framing: Framing) { self.framing = framing }

    package init(_ connection: BusConnection) { self.init(Framing(connection)) }

    /// One line, without a line feed. Frames must come oldest first: answers are explained by the request before.
    ///
    /// - Parameter clock: what the reader is told as the time.
    package mutating func line(_ frame: RecordedFrame, clock: String) -> String {
        let since = before.map { (frame.time - $0) / 1_000 } ?? 0
        before = frame.time
        let arrow =
            switch frame.kind {
            case .sent: "->"
            case .received: "<-"
            case .unasked: "<?"
            }
        return "\(clock) +\(since)us \(arrow) \(Self.hexadecimal(frame.bytes))  \(meaning(frame))"
    }

    /// Bytes apart, so that an eye can count them.
    static func hexadecimal(_ bytes: [UInt8]) -> String { bytes.map { [$0].hexadecimal }.joined(separator: " ") }

    private mutating func meaning(_ frame: RecordedFrame) -> String {
        switch framing {
        case .rtu: return FrameCutter.cut(frame.bytes).map { explain($0) }.joined(separator: " | ")
        case .tcp:
            guard frame.bytes.count > 8 else { return Self.noise(frame.bytes.count) }
            return explain(Array(frame.bytes[6...]))
        }
    }

    /// What a meter without registers was asked or said, with the protocol's name: `M-Bus: reset 17`. nil: none was.
    mutating func meter(_ bytes: [UInt8]) -> String? {
        guard framing == .rtu else { return nil }
        if FrameCutter.cut(bytes).contains(where: \.isFrame) {
            speech = nil
            return nil
        }
        let found = MeterFrameText(bytes, after: speech)
        speech = found.speech ?? speech
        return found.speech.map { "\($0): \(found.text)" }
    }

    private mutating func explain(_ piece: FrameCutter.Piece) -> String {
        switch piece {
        case .frame(let bytes):
            speech = nil
            return explain(Array(bytes.dropLast(2)))
        case .noise(let bytes): return meter(bytes) ?? Self.noise(bytes.count)
        }
    }

    static func noise(_ count: Int) -> String {
        count == 1 ? "1 byte of noise" : "\(count) bytes without a frame"
    }

    private mutating func explain(_ body: [UInt8]) -> String {
        guard let parsed = ModbusFrame(body, after: asked) else { return "\(body.count) bytes, no known frame" }
        switch parsed {
        case .readRequest(let request):
            asked = request
            return "unit \(request.unit) read \(Self.table(request.function)) \(request.address) x \(request.count)"
        case .readAnswer(let unit, let function, let data):
            let matching = asked.flatMap { $0.unit == unit && $0.function == function ? $0 : nil }
            asked = nil
            let place = matching.map { " \($0.address)" } ?? ""
            return "unit \(unit) answers \(Self.table(function))\(place) = \(Self.values(data, function))"
        case .write(let unit, let function, let address, let count, let values):
            let what = function == 5 || function == 15 ? "coil" : "holding"
            let given = values.isEmpty ? "" : " = \(Self.values(values, 3))"
            return "unit \(unit) write \(what) \(address) x \(count)\(given)"
        case .exception(let unit, let function, let code):
            asked = nil
            return "unit \(unit) refuses function \(function): exception \(code) \(Self.exception(code))"
        case .other(let unit, let function): return "unit \(unit) function \(function)"
        }
    }

    static func table(_ function: UInt8) -> String {
        switch function {
        case 1: "coil"
        case 2: "discrete"
        case 4: "input"
        default: "holding"
        }
    }

    /// Registers in decimal, bits as bytes; at most 16 of them.
    private static func values(_ data: [UInt8], _ function: UInt8) -> String {
        if function <= 2 { return data.prefix(16).map { [$0].hexadecimal }.joined(separator: " ") }
        let words = stride(from: 0, to: data.count - 1, by: 2).map { "\(Int(data[$0]) << 8 | Int(data[$0 + 1]))" }
        return words.prefix(16).joined(separator: " ") + (words.count > 16 ? " ... (\(words.count))" : "")
    }

    /// MODBUS Application Protocol V1.1b3, 7.
    package static func exception(_ code: UInt8) -> String {
        switch code {
        case 1: "illegal function"
        case 2: "illegal address"
        case 3: "illegal value"
        case 4: "device failure"
        case 5: "acknowledge"
        case 6: "busy"
        case 8: "memory parity"
        case 10: "no path at the gateway"
        case 11: "no answer behind the gateway"
        default: "unknown"
        }
    }
}
