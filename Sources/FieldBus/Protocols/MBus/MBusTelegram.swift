internal import GatewayModel

/// What a meter answers: who it is, how it is, and its records (EN 13757-3).
struct MBusTelegram: Hashable, Sendable {
    /// 8 digits.
    var number: MeterNumber
    /// nil in the fixed data structure, which does not say.
    var maker: MBusMaker?
    var version: UInt8?
    var medium: UInt8?
    /// Counts the telegrams that the meter has sent.
    var access: UInt8
    var status: MBusStatus
    var records: [MBusRecord]
    /// The records go on in another telegram.
    var hasMore = false
    /// The records ended in the middle of one, or in one of no known length: what follows is not there.
    var isCut = false

    /// A telegram has room for fewer, whatever they are.
    static let mostRecords = 126

    /// - Parameter information: the CI field. 72 is variable data with the low byte first, 73 the fixed structure.
    ///   nil: another one, or too short for its header.
    init?(information: UInt8, data: [UInt8]) {
        switch information {
        case 0x72: self.init(variable: data)
        case 0x73: self.init(fixed: data)
        default: return nil
        }
    }

    /// Number 4, maker 2, version, medium, access, status, signature 2, then the records (EN 13757-3, 6.3).
    private init?(variable data: [UInt8]) {
        guard data.count >= 12 else { return nil }
        number = MeterNumber(wireBytes: data[0..<4])
        maker = MBusMaker(code: UInt16(data[4]) | UInt16(data[5]) << 8)
        version = data[6]
        medium = data[7]
        access = data[8]
        status = MBusStatus(rawValue: data[9])
        var reader = MBusRecordReader(data[12...])
        records = []
        while records.count < Self.mostRecords, let record = reader.next() { records.append(record) }
        hasMore = reader.hasMore
        isCut = reader.isCut
    }

    /// Number 4, access, status, medium and units 2, two counters of 4 (EN 1434-3, fixed data structure).
    private init?(fixed data: [UInt8]) {
        guard data.count >= 16 else { return nil }
        number = MeterNumber(wireBytes: data[0..<4])
        access = data[4]
        status = MBusStatus(rawValue: data[5])
        let isBinary = data[5] & 1 != 0
        medium = data[6] >> 6 | (data[7] >> 6) << 2
        records = [(data[6], data[8..<12]), (data[7], data[12..<16])].map { unit, counter in
            MBusRecord(fixed: Array(counter), unitCode: unit & 0x3F, isBinary: isBinary)
        }
    }
}

/// How a meter says that it is (EN 13757-3, 6.6).
struct MBusStatus: OptionSet, Hashable, Sendable {
    let rawValue: UInt8

    static let busy = MBusStatus(rawValue: 1)
    static let applicationError = MBusStatus(rawValue: 2)
    static let powerLow = MBusStatus(rawValue: 4)
    static let permanentError = MBusStatus(rawValue: 8)
    static let temporaryError = MBusStatus(rawValue: 16)
}
