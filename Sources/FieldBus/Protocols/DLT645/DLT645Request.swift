internal import GatewayModel

/// What may be asked of a DL/T 645-2007 meter. Reading only: nothing here changes a meter.
enum DLT645Request: Hashable, Sendable {
    /// A data identifier, DI3 in the highest byte: `0x00010000` is the total of forward active energy.
    case read(UInt32)
    /// The next part of an answer that did not fit one frame; the first sequence number is 1.
    case readFollowing(UInt32, sequence: UInt8)
    /// The address of the only meter on the line; asked of AA...AA.
    case readAddress

    func frame(to address: MeterNumber) -> DLT645Frame {
        switch self {
        case .read(let identifier):
            DLT645Frame(address: address, control: .read, data: Self.bytes(identifier))
        case .readFollowing(let identifier, let sequence):
            DLT645Frame(address: address, control: .readFollowing, data: Self.bytes(identifier) + [sequence])
        case .readAddress: DLT645Frame(address: address, control: .readAddress, data: [])
        }
    }

    /// DI0 first.
    static func bytes(_ identifier: UInt32) -> [UInt8] {
        [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: identifier >> $0) }
    }
}

/// What a sound frame is to a request.
enum DLT645Answer: Hashable, Sendable {
    /// The data after identifier and before sequence number.
    case values([UInt8], hasMore: Bool)
    /// The meter's own number, asked for by ``DLT645Request/readAddress``.
    case address(MeterNumber)
    case refused(DLT645Refusal)
    /// Another meter's, or about something else.
    case mismatch

    /// - Parameter address: that was called; it may hold wildcards, the answer carries the meter's own.
    init(_ frame: DLT645Frame, to request: DLT645Request, address: MeterNumber) {
        guard frame.control.isAnswer, address.calls(frame.address) else {
            self = .mismatch
            return
        }
        let asked = request.frame(to: address)
        guard frame.control.function == asked.control.function else {
            self = .mismatch
            return
        }
        if frame.control.isRefusal {
            self = frame.data.first.map { .refused(DLT645Refusal(rawValue: $0)) } ?? .mismatch
            return
        }
        self = Self.values(frame, request)
    }

    private static func values(_ frame: DLT645Frame, _ request: DLT645Request) -> Self {
        switch request {
        case .readAddress:
            return frame.data.count == 6 ? .address(MeterNumber(wireBytes: frame.data)) : .mismatch
        case .read(let identifier):
            guard frame.data.starts(with: DLT645Request.bytes(identifier)) else { return .mismatch }
            return .values(Array(frame.data.dropFirst(4)), hasMore: frame.control.hasMore)
        case .readFollowing(let identifier, let sequence):
            guard frame.data.starts(with: DLT645Request.bytes(identifier)), frame.data.count >= 5,
                frame.data.last == sequence
            else { return .mismatch }
            return .values(Array(frame.data.dropFirst(4).dropLast()), hasMore: frame.control.hasMore)
        }
    }
}

/// Why a meter refuses.
struct DLT645Refusal: OptionSet, Hashable, Sendable {
    let rawValue: UInt8

    static let other = DLT645Refusal(rawValue: 1)
    static let noSuchData = DLT645Refusal(rawValue: 1 << 1)
    static let wrongPassword = DLT645Refusal(rawValue: 1 << 2)
    static let fixedBaud = DLT645Refusal(rawValue: 1 << 3)
    static let tooManyYearZones = DLT645Refusal(rawValue: 1 << 4)
    static let tooManyDaySlots = DLT645Refusal(rawValue: 1 << 5)
    static let tooManyTariffs = DLT645Refusal(rawValue: 1 << 6)
}
