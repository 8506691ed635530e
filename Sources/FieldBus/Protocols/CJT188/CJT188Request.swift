internal import GatewayModel

extension IdentifierOrder {
    func bytes(_ identifier: UInt16) -> [UInt8] {
        let bytes = [UInt8(identifier >> 8), UInt8(identifier & 0xFF)]
        return self == .highFirst ? bytes : bytes.reversed()
    }
}

/// What may be asked of a CJ/T 188 meter. Reading only.
enum CJT188Request: Hashable, Sendable {
    /// `0x901F` is the current metering data.
    case read(UInt16, IdentifierOrder, serial: UInt8)
    /// The number of the only meter on the line; asked of AA...AA.
    case readAddress(IdentifierOrder, serial: UInt8)

    static let addressIdentifier: UInt16 = 0x810A

    func frame(to address: MeterNumber, type: UInt8) -> CJT188Frame {
        switch self {
        case .read(let identifier, let order, let serial):
            CJT188Frame(
                type: type, address: address, control: CJT188Frame.readData, data: order.bytes(identifier) + [serial])
        case .readAddress(let order, let serial):
            CJT188Frame(
                type: type, address: address, control: CJT188Frame.readAddress,
                data: order.bytes(Self.addressIdentifier) + [serial])
        }
    }
}

/// What a sound frame is to a request.
enum CJT188Answer: Hashable, Sendable {
    /// What follows the sequence number.
    case values([UInt8])
    case address(MeterNumber, type: UInt8)
    /// The meter's two status bytes.
    case refused(UInt16)
    case mismatch

    /// - Parameters:
    ///   - address: that was called; it may hold wildcards.
    ///   - type: that was called; AAH is any.
    init(_ frame: CJT188Frame, to request: CJT188Request, address: MeterNumber, type: UInt8) {
        let asked = request.frame(to: address, type: type)
        guard address.calls(frame.address), type == CJT188Frame.anyType || type == frame.type,
            frame.control & ~CJT188Frame.refusalMark == asked.control | CJT188Frame.answerMark
        else {
            self = .mismatch
            return
        }
        if frame.control & CJT188Frame.refusalMark != 0 {
            // Serial number and status, without an identifier.
            let status = Array(frame.data.dropFirst())
            guard frame.data.count == 3, frame.data[0] == asked.data[2] else {
                self = .mismatch
                return
            }
            self = .refused(UInt16(status[0]) | UInt16(status[1]) << 8)
            return
        }
        guard frame.data.starts(with: asked.data) else {
            self = .mismatch
            return
        }
        switch request {
        case .read: self = .values(Array(frame.data.dropFirst(asked.data.count)))
        case .readAddress: self = .address(frame.address, type: frame.type)
        }
    }
}
