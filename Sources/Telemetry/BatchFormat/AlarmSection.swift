internal import GatewayModel

/// Alarm events inside a body.
enum AlarmSection {
    private enum Kind: UInt8 {
        case none, no, yes, number
    }

    static func write(_ events: [AlarmEvent], base: Int64, to out: inout [UInt8]) {
        out.append(varint: events.count)
        for event in events {
            out.append(text: event.id)
            out.append(varint: UInt64(clamping: event.episode))
            out.append(event.isRaised ? 1 : 0)
            out.append(event.severity.rawValue)
            out.append(varint: ZigZag.encode(event.time.milliseconds - base))
            out.append(varint: event.point.map { $0 + 1 } ?? 0)
            switch event.value {
            case .none: out.append(Kind.none.rawValue)
            case .bool(let value): out.append((value ? Kind.yes : Kind.no).rawValue)
            case .number(let value):
                // A float64 can be larger than what is read back as a decimal.
                let text = value.description
                guard DecimalNumber(text) == value else {
                    out.append(Kind.none.rawValue)
                    continue
                }
                out.append(Kind.number.rawValue)
                out.append(text: text)
            }
        }
    }

    static func read(_ section: inout ByteReader, base: Int64) throws(BatchFormatError) -> [AlarmEvent] {
        var events = [AlarmEvent]()
        for _ in 0..<(try section.count(limit: BatchContent.maximumAlarms)) {
            let id = try section.text(limit: BatchContent.maximumAlarmID)
            let episode = Int64(try section.count(limit: 1 << 40))
            let state = try section.byte()
            guard state < 2, let severity = AlarmSeverity(rawValue: try section.byte()) else {
                throw BatchFormatError("an alarm that is not known to this version")
            }
            let (time, overflow) = base.addingReportingOverflow(try section.signedVarint())
            guard !overflow, BatchContent.bootTimes.contains(time) else {
                throw BatchFormatError("a time out of range")
            }
            let point = try section.count(limit: BatchContent.maximumPoints)
            events.append(
                AlarmEvent(
                    id: id, episode: episode, isRaised: state == 1, severity: severity,
                    time: BootTime(milliseconds: time), point: point == 0 ? nil : point - 1,
                    value: try value(&section)))
        }
        return events
    }

    private static func value(_ section: inout ByteReader) throws(BatchFormatError) -> AlarmValue {
        switch Kind(rawValue: try section.byte()) {
        case .none?: return .none
        case .no?: return .bool(false)
        case .yes?: return .bool(true)
        case .number?:
            guard let number = DecimalNumber(try section.text(limit: 64)) else {
                throw BatchFormatError("an alarm's value is no number")
            }
            return .number(number)
        case nil: throw BatchFormatError("an alarm's value of unknown kind")
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(text: String) {
        append(varint: text.utf8.count)
        append(contentsOf: text.utf8)
    }
}

extension ByteReader {
    fileprivate mutating func text(limit: Int) throws(BatchFormatError) -> String {
        guard let text = String(validating: try take(try count(limit: limit)), as: UTF8.self) else {
            throw BatchFormatError("text that is not UTF-8")
        }
        return text
    }
}
