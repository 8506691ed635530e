internal import GatewayModel

/// The requests and answers of one inquiry, in the meter's protocol. What goes over the wire is `exchange`'s.
struct MeterTalk {
    let inquiry: Inquiry
    private let exchange: MeterExchange

    /// Parts of an answer that are asked for at most: a meter that always has more is faulty.
    static let mostParts = 16

    init(_ inquiry: Inquiry, over exchange: MeterExchange) {
        self.inquiry = inquiry
        self.exchange = exchange
    }

    func run() -> TransactionOutcome {
        switch (inquiry.address, inquiry.question) {
        case (.dlt645(let number), .identifier(let identifier)): dlt645(number, identifier)
        case (.cjt188(let type, let number, _), .identifier(let identifier)): cjt188(type, number, identifier)
        case (.mbusPrimary(let address), .telegrams): mbus(address)
        case (.mbusSecondary(let secondary), .telegrams): mbus(secondary)
        // A configuration that was checked has no such device.
        default: .wrongAnswer
        }
    }

    private func dlt645(_ number: MeterNumber, _ identifier: UInt32) -> TransactionOutcome {
        var data: [UInt8] = []
        for part in 0..<Self.mostParts {
            let request: DLT645Request =
                part == 0 ? .read(identifier) : .readFollowing(identifier, sequence: UInt8(part))
            let bytes = DLT645Frame.preamble + request.frame(to: number).bytes
            let said = exchange.ask(bytes, DLT645Frame.self) { frame -> DLT645Answer? in
                let answer = DLT645Answer(frame, to: request, address: number)
                return answer == .mismatch ? nil : answer
            }
            switch said {
            case .failed(let outcome): return outcome
            case .answer(.refused(let refusal)): return .exception(refusal.exceptionCode)
            case .answer(.values(let more, let hasMore)):
                data += more
                if !hasMore { return .answer(.data(data, header: 4)) }
            case .answer: return .wrongAnswer
            }
        }
        return .wrongAnswer
    }

    private func cjt188(_ type: UInt8, _ number: MeterNumber, _ identifier: UInt32) -> TransactionOutcome {
        let request = CJT188Request.read(UInt16(truncatingIfNeeded: identifier), inquiry.order, serial: inquiry.serial)
        let bytes = CJT188Frame.preamble + request.frame(to: number, type: type).bytes
        let said = exchange.ask(bytes, CJT188Frame.self) { frame -> CJT188Answer? in
            let answer = CJT188Answer(frame, to: request, address: number, type: type)
            return answer == .mismatch ? nil : answer
        }
        switch said {
        case .failed(let outcome): return outcome
        case .answer(.values(let data)): return .answer(.data(data, header: 3))
        // "Device failure": it says no more than that it does not.
        case .answer(.refused): return .exception(4)
        case .answer: return .wrongAnswer
        }
    }

    // MARK: - M-Bus

    /// A reset first, so that the first telegram comes first and the count bit begins anew (EN 13757-2, 5.5).
    private func mbus(_ address: UInt8) -> TransactionOutcome {
        if let failure = acknowledged(.reset(address: address)) { return failure }
        return telegrams(address) { _ in true }
    }

    private func mbus(_ secondary: MBusSecondaryAddress) -> TransactionOutcome {
        if let failure = acknowledged(.select(secondary)) { return failure }
        return telegrams(MBusRequest.selected) { telegram in
            guard let maker = telegram.maker, let version = telegram.version, let medium = telegram.medium else {
                return secondary.number.calls(telegram.number)
            }
            return secondary.calls(number: telegram.number, maker: maker, version: version, medium: medium)
        }
    }

    /// nil: the meter has acknowledged.
    private func acknowledged(_ request: MBusRequest) -> TransactionOutcome? {
        let said = exchange.ask(request.frame.bytes, MBusFrame.self) { $0 == .acknowledgement ? true : nil }
        if case .failed(let outcome) = said { return outcome }
        return nil
    }

    private func telegrams(_ address: UInt8, _ isTheMeters: (MBusTelegram) -> Bool) -> TransactionOutcome {
        var records: [MBusRecord] = []
        var toggle = true
        for _ in 0..<Self.mostParts {
            let request = MBusRequest.readData(address: address, toggle: toggle)
            let said = exchange.ask(request.frame.bytes, MBusFrame.self) { frame -> MBusAnswer? in
                let answer = MBusAnswer(frame, to: request)
                return answer == .mismatch ? nil : answer
            }
            switch said {
            case .failed(let outcome): return outcome
            case .answer(.telegram(let telegram)):
                guard isTheMeters(telegram) else { return .wrongAnswer }
                records += telegram.records
                if !telegram.hasMore { return .answer(.records(records)) }
            case .answer(.refused): return .exception(4)
            // E5: no data; to a further part, that there is none after all.
            case .answer(.acknowledged): return records.isEmpty ? .wrongAnswer : .answer(.records(records))
            case .answer(.mismatch): return .wrongAnswer
            }
            toggle.toggle()
        }
        return .wrongAnswer
    }
}

extension DLT645Refusal {
    /// As Modbus has it, so that both are learnt alike: 2, there is no such data, or 4, something else.
    fileprivate var exceptionCode: UInt8 { contains(.noSuchData) ? 2 : 4 }
}
