internal import CModbus
internal import Glibc

/// Owns one `modbus_t` and lends it a descriptor: libmodbus builds requests and cuts answers out of the byte stream,
/// nothing else. Timing, draining, reconnecting and the match of answer and request are ours.
///
/// Not used of libmodbus, on purpose: its recovery modes (LINK never returns once the device is gone), its connect and
/// close (close restores line settings that a borrowed descriptor never saved), its flush, its float decoding.
final class ModbusFraming {
    enum Kind { case rtu, tcp }

    enum Received {
        /// Unit, function and what follows; header and check sum are taken off.
        case frame(ArraySlice<UInt8>, transaction: UInt16)
        /// Sound or not, it is for another unit: libmodbus does not look further.
        case otherUnit
        /// The check sum is wrong, or the header makes no sense.
        case spoiled
        /// It broke off.
        case short
        /// The descriptor failed with this errno.
        case failed(CInt)
    }

    private let context: OpaquePointer
    private let kind: Kind
    private let descriptor: CInt
    private var buffer = [UInt8](repeating: 0, count: Int(MODBUS_TCP_MAX_ADU_LENGTH) + 4)

    /// nil: out of memory, or a descriptor that select(2), which libmodbus waits with, cannot take.
    init?(_ kind: Kind, descriptor: CInt) {
        guard descriptor >= 0, descriptor < FD_SETSIZE else { return nil }
        // The port's name and settings are never used: the descriptor is open and set up already.
        let created = kind == .rtu ? modbus_new_rtu("borrowed", 9_600, CChar(78), 8, 1) : modbus_new_tcp(nil, 502)
        guard let created else { return nil }
        context = created
        self.kind = kind
        self.descriptor = descriptor
        modbus_set_error_recovery(context, MODBUS_ERROR_RECOVERY_NONE)
        modbus_set_socket(context, descriptor)
    }

    deinit {
        modbus_set_socket(context, -1)
        modbus_free(context)
    }

    /// Writes an RTU request, check sum appended. 0, or the errno of what failed.
    func send(_ request: ReadRequest) -> CInt {
        modbus_set_slave(context, CInt(request.unit))
        errno = 0
        let sent = modbus_send_raw_request(context, request.body, CInt(request.body.count))
        if sent == CInt(ReadRequest.rtuRequestBytes) { return 0 }
        // A short write leaves half a request on the line; the port is as good as lost.
        return sent < 0 && errno != 0 ? errno : EIO
    }

    /// Writes a Modbus TCP request. Not by libmodbus: its raw requests all carry transaction 0, so that a late answer
    /// could not be told from the right one.
    func send(_ request: ReadRequest, transaction: UInt16) -> CInt {
        let frame = request.tcpFrame(transaction: transaction)
        let sent = Glibc.send(descriptor, frame, frame.count, CInt(MSG_NOSIGNAL))
        if sent == frame.count { return 0 }
        return sent < 0 ? errno : EIO
    }

    /// Reads one answer whose bytes have arrived. Blocks no longer than `patience` microseconds between two of them.
    func receive(from unit: UInt8, patience: UInt32) -> Received {
        modbus_set_slave(context, CInt(unit))
        modbus_set_response_timeout(context, 0, patience)
        modbus_set_byte_timeout(context, 0, patience)
        errno = 0
        let length = Int(modbus_receive_confirmation(context, &buffer))
        if length > 0, length <= buffer.count { return cut(length) }
        if length == 0 { return .otherUnit }
        switch errno {
        case CInt(CModbus_EMBBADCRC), CInt(CModbus_EMBBADDATA): return .spoiled
        case ETIMEDOUT, EAGAIN: return .short
        case 0: return .spoiled
        default: return .failed(errno)
        }
    }

    /// The bytes that the last `receive` took, whether they made sense or not, at most `count`.
    func taken(_ count: Int) -> [UInt8] { Array(buffer.prefix(max(0, count))) }

    private func cut(_ length: Int) -> Received {
        switch kind {
        case .rtu:
            guard length >= ReadRequest.rtuExceptionBytes else { return .spoiled }
            return .frame(buffer[..<(length - 2)], transaction: 0)
        case .tcp:
            // Transaction, protocol 0, length of the rest (MODBUS Messaging on TCP/IP V1.0b, 3.1.3).
            let words = stride(from: 0, to: 6, by: 2).map { UInt16(buffer[$0]) << 8 | UInt16(buffer[$0 + 1]) }
            guard length >= 9, words[1] == 0, Int(words[2]) == length - 6 else { return .spoiled }
            return .frame(buffer[6..<length], transaction: words[0])
        }
    }
}
