package import GatewayModel

/// Who speaks in bytes that were heard after a question of a search. Pure; any bytes may come.
package enum ScanAnswer {
    /// Units of sound Modbus answers, also late ones to earlier questions; meters that told their address.
    package static func findings(in bytes: [UInt8], to step: ScanStep, turnaround: Nanoseconds) -> [ScanFinding] {
        func found(_ identity: ScanFinding.Identity, refused: Bool = false) -> ScanFinding {
            ScanFinding(identity, step.format, turnaround: turnaround, refused: refused)
        }
        switch step.target {
        case .modbus:
            return FrameCutter.cut(bytes).compactMap { piece in
                guard case .frame(let frame) = piece else { return nil }
                switch ModbusFrame(Array(frame.dropLast(2))) {
                case .readAnswer(let unit, 3, let data)? where data.count == 2: return found(.modbus(unit: unit))
                case .exception(let unit, 3, _)?: return found(.modbus(unit: unit), refused: true)
                default: return nil
                }
            }
        case .dlt645:
            let any = ScanStep.anyMeter(6)
            return frames(DLT645Frame.self, in: bytes).compactMap { frame in
                guard case .address(let number) = DLT645Answer(frame, to: .readAddress, address: any) else {
                    return nil
                }
                return found(.dlt645(address: number.description))
            }
        case .cjt188(let order):
            let (any, request) = (ScanStep.anyMeter(7), CJT188Request.readAddress(order, serial: 0))
            return frames(CJT188Frame.self, in: bytes).compactMap { frame in
                guard case .address(let number, let type) = CJT188Answer(frame, to: request, address: any, type: 0xAA)
                else { return nil }
                return found(.cjt188(address: number.description, type: type))
            }
        case .mbus(let address):
            return frames(MBusFrame.self, in: bytes).compactMap { frame in
                guard case .long(_, address, _, _) = frame else { return nil }
                return found(.mbus(address: address))
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
