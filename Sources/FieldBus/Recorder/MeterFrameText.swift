internal import GatewayModel

/// Frames of meters without registers as a person reads them. Which protocol it is, the bytes themselves say: begin, length,
/// sum and end all have to fit. Pure; any bytes may come.
struct MeterFrameText {
    static let dlt645 = "DL/T 645"
    static let cjt188 = "CJ/T 188"
    static let mbus = "M-Bus"

    /// `meter 000000000161 answers 00010000 = 26 00 00 00`
    private(set) var text = ""
    /// nil: there was no frame.
    private(set) var speech: String?
    private var noise = 0

    /// Records of a telegram that are shown.
    private static let mostRecords = 6

    /// - Parameters:
    ///   - bytes: at most some hundred; no sound Modbus frame is in them.
    ///   - before: the protocol of the frame before. E5 says something in M-Bus only.
    init(_ bytes: [UInt8], after before: String?) {
        var rest = bytes[...]
        while let first = rest.first {
            if let length = take(rest, isMBus: (speech ?? before) == Self.mbus) {
                rest = rest.dropFirst(length)
            } else {
                // FE wakes a meter up.
                if first != 0xFE { noise += 1 }
                rest = rest.dropFirst()
            }
        }
        endNoise()
    }

    /// The length of the frame that `bytes` begin with.
    private mutating func take(_ bytes: ArraySlice<UInt8>, isMBus: Bool) -> Int? {
        if case .frame(let frame, let length) = DLT645Frame.judge(bytes) {
            add(Self.dlt645, Self.explain(frame))
            return length
        }
        if case .frame(let frame, let length) = CJT188Frame.judge(bytes) {
            add(Self.cjt188, Self.explain(frame))
            return length
        }
        if case .frame(let frame, let length) = MBusFrame.judge(bytes), isMBus || frame != .acknowledgement {
            add(Self.mbus, Self.explain(frame))
            return length
        }
        return nil
    }

    private mutating func add(_ speech: String, _ frame: String) {
        endNoise()
        self.speech = self.speech ?? speech
        append(frame)
    }

    private mutating func endNoise() {
        if noise > 0 { append(FrameText.noise(noise)) }
        noise = 0
    }

    private mutating func append(_ part: String) { text += text.isEmpty ? part : " | " + part }

    // MARK: - Protocols

    private static func explain(_ frame: DLT645Frame) -> String {
        let (meter, data) = ("meter \(frame.address)", frame.data)
        if frame.control.isRefusal {
            return "\(meter) refuses\(data.first.map { $0 & 2 != 0 ? ": no such data" : ": error \($0)" } ?? "")"
        }
        let identifier = hexadecimal(data.prefix(4).reversed())
        switch (frame.control.function, frame.control.isAnswer) {
        case (DLT645Control.read.rawValue, false): return "\(meter) read \(identifier)"
        case (DLT645Control.readFollowing.rawValue, false):
            return "\(meter) read \(identifier), part \(data.last ?? 0)"
        case (DLT645Control.readAddress.rawValue, false): return "which meter is there?"
        case (DLT645Control.readAddress.rawValue, true): return "here is \(meter)"
        case (DLT645Control.read.rawValue, true), (DLT645Control.readFollowing.rawValue, true):
            let more = frame.control.hasMore ? ", more follow" : ""
            return "\(meter) answers \(identifier) = \(FrameText.hexadecimal(Array(data.dropFirst(4))))\(more)"
        default: return "\(meter) control \(hexadecimal([frame.control.rawValue]))"
        }
    }

    private static func explain(_ frame: CJT188Frame) -> String {
        let (meter, data) = ("meter \(frame.address) of type \(hexadecimal([frame.type]))", frame.data)
        if frame.control & CJT188Frame.refusalMark != 0 { return "\(meter) refuses" }
        let isAnswer = frame.control & CJT188Frame.answerMark != 0
        switch frame.control & ~CJT188Frame.answerMark {
        case CJT188Frame.readData:
            let what = hexadecimal(data.prefix(2))
            guard isAnswer else { return "\(meter) read \(what)" }
            return "\(meter) answers \(what) = \(FrameText.hexadecimal(Array(data.dropFirst(3))))"
        case CJT188Frame.readAddress: return isAnswer ? "here is \(meter)" : "which meter is there?"
        default: return "\(meter) control \(hexadecimal([frame.control]))"
        }
    }

    private static func explain(_ frame: MBusFrame) -> String {
        switch frame {
        case .acknowledgement: return "acknowledged"
        case .short(0x40, let address): return "reset \(address)"
        case .short(let control, let address):
            switch control & 0xCF {
            case 0x4B: return "read data of \(address)"
            case 0x4A: return "read alarms of \(address)"
            default: return "control \(hexadecimal([control])) to \(address)"
            }
        case .long(_, _, 0x52, let data) where data.count == 8:
            return "select \(MeterNumber(wireBytes: data.prefix(4)))"
        case .long(let control, let address, let information, let data):
            guard control & 0xCF == 0x08 else { return "control \(hexadecimal([control])) to \(address)" }
            if information == 0x70 { return "\(address) refuses" }
            guard let telegram = MBusTelegram(information: information, data: data) else {
                return "\(address) answers, information \(hexadecimal([information]))"
            }
            return "\(address) answers: \(explain(telegram))"
        }
    }

    private static func explain(_ telegram: MBusTelegram) -> String {
        let numbers = telegram.records.lazy.compactMap { record in
            record.anyNumber.map {
                " \(record.meaning.quantity.rawValue) \($0)\(record.meaning.unit.map { " " + $0.symbol } ?? "")"
            }
        }
        let maker = telegram.maker.map { " \($0)" } ?? ""
        return "meter \(telegram.number)\(maker), \(telegram.records.count) records:"
            + numbers.prefix(mostRecords).joined(separator: ",") + (telegram.hasMore ? ", more follow" : "")
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String { Array(bytes).hexadecimal.uppercased() }
}
