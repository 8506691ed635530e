package import GatewayModel

/// Who speaks in bytes that were heard after a question of a search. Pure; any bytes may come.
package enum ScanAnswer {
    /// Units of sound Modbus answers, also late ones to earlier questions; meters that told their address.
    package static func findings(in bytes: [UInt8], to step: ScanStep, turnaround: Nanoseconds) -> [ScanFinding] {
        func found(_ identity: ScanFinding.Identity, refused: Bool = false) -> ScanFinding {
            ScanFinding(identity, step.format, turnaround: turnaround, refused: refused)
        }
        switch step.target {
        case .modbus: return units(in: bytes).map { found(.modbus(unit: $0), refused: $1) }
        case .registers(let unit, let table, let address, let count):
            return registers(in: bytes, of: unit, table, count).map { data in
                var finding = found(
                    .registers(unit: unit, table: table, address: address, count: count), refused: data.isEmpty)
                finding.data = data
                return finding
            }
        case .dlt645(let number):
            let request = ScanTarget.dlt645Request(number)
            return frames(DLT645Frame.self, in: bytes).compactMap { frame in
                if case .mismatch = DLT645Answer(frame, to: request, address: number) { return nil }
                return found(.dlt645(address: frame.address.description))
            }
        case .cjt188(let order, let data):
            let (any, request) = (ScanTarget.any(7), ScanTarget.cjt188Request(order, data: data))
            return frames(CJT188Frame.self, in: bytes).compactMap { frame in
                if case .mismatch = CJT188Answer(frame, to: request, address: any, type: CJT188Frame.anyType) {
                    return nil
                }
                return found(.cjt188(address: frame.address.description, type: frame.type))
            }
        case .mbus(let address): return meters(in: bytes, at: address).map { found($0) }
        case .mbusRead: return meters(in: bytes, at: MBusRequest.selected).map { found($0) }
        // E5 does not say who.
        case .mbusSelect: return []
        }
    }

    /// How many bytes somebody else sent: some adapters hear what they send.
    package static func heard(in bytes: [UInt8], to step: ScanStep) -> Int {
        let request = step.request
        return bytes.count - (bytes.starts(with: request) ? request.count : 0)
    }

    /// Units, and whether they refused.
    private static func units(in bytes: [UInt8]) -> [(UInt8, Bool)] {
        FrameCutter.cut(bytes).compactMap { piece in
            guard case .frame(let frame) = piece else { return nil }
            switch ModbusFrame(Array(frame.dropLast(2))) {
            case .readAnswer(let unit, 3, let data)? where data.count == 2: return (unit, false)
            case .exception(let unit, 3, _)?: return (unit, true)
            default: return nil
            }
        }
    }

    /// The data, empty for a refusal; the first answer only.
    private static func registers(in bytes: [UInt8], of unit: UInt8, _ table: RegisterTable, _ count: Int) -> [[UInt8]]
    {
        let length = table.holdsBits ? (count + 7) / 8 : 2 * count
        let answers = FrameCutter.cut(bytes).compactMap { piece -> [UInt8]? in
            guard case .frame(let frame) = piece else { return nil }
            switch ModbusFrame(Array(frame.dropLast(2))) {
            case .readAnswer(unit, table.readFunction, let data)? where data.count == length: return data
            case .exception(unit, table.readFunction, _)?: return []
            default: return nil
            }
        }
        return Array(answers.prefix(1))
    }

    private static func meters(in bytes: [UInt8], at address: UInt8) -> [ScanFinding.Identity] {
        frames(MBusFrame.self, in: bytes).compactMap { frame in
            let answer = MBusAnswer(frame, to: .readData(address: address, toggle: true))
            switch (answer, frame) {
            case (.telegram(let telegram), .long(_, let own, _, _)):
                let meter = MBusSecondaryAddress(
                    number: telegram.number, maker: telegram.maker, version: telegram.version, medium: telegram.medium)
                return .mbus(address: own, meter: meter.description)
            case (.refused, .long(_, let own, _, _)): return .mbus(address: own, meter: "")
            // It is there and has no data.
            case (.acknowledged, _) where address <= 250: return .mbus(address: address, meter: "")
            default: return nil
            }
        }
    }

    private static func frames<Frame: MeterFrame>(_: Frame.Type, in bytes: [UInt8]) -> [Frame] {
        var scanner = FrameScanner<Frame>()
        scanner.take(bytes)
        scanner.fellSilent()
        var frames: [Frame] = []
        while let frame = scanner.next() { frames.append(frame) }
        return frames
    }
}
