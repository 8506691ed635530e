/// A sound Modbus frame taken apart, whoever sent it: what a listener can tell of it. Pure.
///
/// Without check sum or header: unit, function and what follows (MODBUS Application Protocol V1.1b3, 6).
package enum ModbusFrame: Hashable, Sendable {
    case readRequest(ReadRequest)
    case readAnswer(unit: UInt8, function: UInt8, data: [UInt8])
    /// Functions 5, 6, 15, 16. `values`: two bytes each, or packed bits; empty in the answer to 15 and 16.
    case write(unit: UInt8, function: UInt8, address: UInt16, count: Int, values: [UInt8])
    case exception(unit: UInt8, function: UInt8, code: UInt8)
    case other(unit: UInt8, function: UInt8)

    /// - Parameter request: what was asked last; an answer to it is taken for one where request and answer look alike.
    package init?(_ body: [UInt8], after request: ReadRequest? = nil) {
        guard body.count >= 3 else { return nil }
        let (unit, function) = (body[0], body[1])
        if function & 0x80 != 0 {
            guard body.count == 3 else { return nil }
            self = .exception(unit: unit, function: function & 0x7F, code: body[2])
            return
        }
        func word(_ at: Int) -> Int { Int(body[at]) << 8 | Int(body[at + 1]) }
        switch function {
        case 1...4:
            let isAnswer = body.count == 3 + Int(body[2])
            let isRequest = body.count == 6 && (1...Self.most(function)).contains(word(4))
            let fitsRequest = request.map {
                $0.unit == unit && $0.function == function && $0.dataBytes == Int(body[2])
            }
            if isAnswer, fitsRequest ?? !isRequest || !isRequest {
                self = .readAnswer(unit: unit, function: function, data: Array(body[3...]))
            } else if isRequest {
                self = .readRequest(
                    ReadRequest(unit: unit, function: function, address: UInt16(word(2)), count: word(4)))
            } else {
                return nil
            }
        case 5, 6:
            guard body.count == 6 else { return nil }
            self = .write(
                unit: unit, function: function, address: UInt16(word(2)), count: 1, values: Array(body[4...5]))
        case 15, 16:
            if body.count == 6 {
                self = .write(unit: unit, function: function, address: UInt16(word(2)), count: word(4), values: [])
            } else {
                guard body.count >= 7, body.count == 7 + Int(body[6]) else { return nil }
                self = .write(
                    unit: unit, function: function, address: UInt16(word(2)), count: word(4), values: Array(body[7...]))
            }
        default: self = .other(unit: unit, function: function)
        }
    }

    package var unit: UInt8 {
        switch self {
        case .readRequest(let request): request.unit
        case .readAnswer(let unit, _, _), .write(let unit, _, _, _, _), .exception(let unit, _, _), .other(let unit, _):
            unit
        }
    }

    private static func most(_ function: UInt8) -> Int { function <= 2 ? 2_000 : 125 }
}
