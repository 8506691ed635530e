internal import GatewayModel

/// What a master says on an M-Bus that changes no meter's settings (EN 13757-2, table of control fields). Setting an
/// address or a baud rate is left to commissioning tools.
enum MBusRequest: Hashable, Sendable {
    /// SND_NKE: begin anew; at address FD it ends a selection.
    case reset(address: UInt8)
    /// REQ_UD2: the next telegram of readings. `toggle` is the frame count bit: the same again repeats the last
    /// telegram, the other one asks for the one after it.
    case readData(address: UInt8, toggle: Bool)
    /// REQ_UD1: alarms.
    case readAlarms(address: UInt8, toggle: Bool)
    /// Makes the meters that match listen at address FD.
    case select(MBusSecondaryAddress)
    /// CI 50: back to the first telegram, or with a sub-code to another set of data (EN 13757-3, 7.1).
    case applicationReset(address: UInt8, subcode: UInt8?)

    /// The meter that was selected by its secondary address.
    static let selected: UInt8 = 0xFD
    /// Every meter answers: with one on the line only.
    static let any: UInt8 = 0xFE

    private static let countBit: UInt8 = 0x20

    var frame: MBusFrame {
        switch self {
        case .reset(let address): .short(control: 0x40, address: address)
        case .readData(let address, let toggle):
            .short(control: 0x5B | (toggle ? Self.countBit : 0), address: address)
        case .readAlarms(let address, let toggle):
            .short(control: 0x5A | (toggle ? Self.countBit : 0), address: address)
        case .select(let secondary):
            .long(control: 0x53, address: Self.selected, information: 0x52, data: secondary.wireBytes)
        case .applicationReset(let address, let subcode):
            .long(control: 0x53, address: address, information: 0x50, data: subcode.map { [$0] } ?? [])
        }
    }
}

/// What a sound frame is to a request.
enum MBusAnswer: Hashable, Sendable {
    /// E5: done; to a request for data it means that there are none.
    case acknowledged
    case telegram(MBusTelegram)
    /// CI 70: the meter says that it could not (EN 13757-3, report of application errors).
    case refused(code: UInt8)
    case mismatch

    init(_ frame: MBusFrame, to request: MBusRequest) {
        switch (frame, request) {
        case (.acknowledgement, _): self = .acknowledged
        case (.long(let control, let address, let information, let data), .readData(let asked, _)),
            (.long(let control, let address, let information, let data), .readAlarms(let asked, _)):
            // RSP_UD is 08; bits 4 and 5 say "data waiting" and "busy". Called at FD or FE, a meter answers with its own.
            guard control & 0xCF == 0x08, asked == address || asked == MBusRequest.selected || asked == MBusRequest.any
            else {
                self = .mismatch
                return
            }
            if information == 0x70 {
                self = .refused(code: data.first ?? 0)
            } else {
                self = MBusTelegram(information: information, data: data).map { .telegram($0) } ?? .mismatch
            }
        default: self = .mismatch
        }
    }
}
