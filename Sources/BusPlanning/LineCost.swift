package import GatewayModel

/// What a read costs on one line, exactly: characters, silences, the device's own time.
///
/// A request costs the silence before it (3.5 characters and the device's guard time), its own characters, the
/// device's turnaround and the characters of the answer. The silence after the answer belongs to the next request.
package struct LineCost: Hashable, Sendable {
    /// Bits that one character takes on the wire.
    package let bitsPerCharacter: Int64
    /// Bits per second.
    package let baud: Int64
    /// Silence that must precede every request, 0 on TCP.
    package let silence: Nanoseconds
    /// Characters of a read request.
    package let requestCharacters: Int
    /// Characters of an answer beside its data.
    package let answerOverhead: Int

    /// - A serial line: RTU frames, a request of 8 characters (unit, function, address, count, CRC) and an answer of
    ///   5 and its data (MODBUS over Serial Line V1.02, 2.5.1).
    /// - Modbus TCP: frames of 12 and 9 bytes and data at 100 Mbit/s, which is next to nothing; the round trip is in
    ///   the measured turnaround.
    /// - RTU over TCP: the line behind the converter is not known. 9600 8N1 is assumed: merging over a gap of a
    ///   hundred registers would cost 200 ms there if bytes were taken to be free.
    package init(_ connection: BusConnection) {
        switch connection {
        case .serial(_, let format):
            bitsPerCharacter = Int64(format.bitsPerCharacter)
            baud = Int64(max(format.baud, 1))
            silence = Self.silence(format)
            requestCharacters = 8
            answerOverhead = 5
        case .modbusTCP:
            (bitsPerCharacter, baud, silence) = (8, 100_000_000, 0)
            requestCharacters = 12
            answerOverhead = 9
        case .rtuOverTCP:
            (bitsPerCharacter, baud, silence) = (10, 9_600, 0)
            requestCharacters = 8
            answerOverhead = 5
        }
    }

    /// The same for one device: at its own speed, in its own protocol.
    ///
    /// Meters without registers answer one question a request, of about these lengths: DL/T 645 asks with 20 characters
    /// and answers with 24 and 4 of data, preambles of four counted (DL/T 645-2007, 7.1); CJ/T 188 with 20 and 63; M-Bus
    /// with two requests of 5 characters (17 and 5 by secondary address) and 101 of answer. A change of speed costs the
    /// longer of both silences.
    package init(_ connection: BusConnection, device: DeviceConfiguration) {
        let bus = LineCost(connection)
        var own = bus
        if case .serial(let path, _) = connection, let format = device.format {
            own = LineCost(.serial(path: path, format: format))
        }
        bitsPerCharacter = own.bitsPerCharacter
        baud = own.baud
        silence = max(own.silence, bus.silence)
        switch device.address {
        case .modbus: (requestCharacters, answerOverhead) = (own.requestCharacters, own.answerOverhead)
        case .dlt645: (requestCharacters, answerOverhead) = (20, 26)
        case .cjt188: (requestCharacters, answerOverhead) = (20, 61)
        case .mbusPrimary: (requestCharacters, answerOverhead) = (10, 99)
        case .mbusSecondary: (requestCharacters, answerOverhead) = (22, 99)
        }
    }

    /// 3.5 characters; above 19200 baud 1.75 ms whatever the rate (MODBUS over Serial Line V1.02, 2.5.1.1).
    package static func silence(_ format: SerialFormat) -> Nanoseconds {
        guard format.baud <= 19_200 else { return .microseconds(1_750) }
        let baud = Int64(max(format.baud, 1))
        return (7 * Int64(format.bitsPerCharacter) * 1_000_000_000 + 2 * baud - 1) / (2 * baud)
    }

    /// Time that `count` characters take on the wire, rounded up to a nanosecond.
    package func time(characters count: Int) -> Nanoseconds {
        (Int64(count) * bitsPerCharacter * 1_000_000_000 + baud - 1) / baud
    }

    /// Time that a read request is on the wire.
    package var requestTime: Nanoseconds { time(characters: requestCharacters) }

    /// Time that the answer to a read of `count` registers (bits in coil and discrete tables) is on the wire.
    package func answerTime(_ table: RegisterTable, count: Int) -> Nanoseconds {
        time(characters: answerOverhead + (table.holdsBits ? (count + 7) / 8 : 2 * count))
    }

    /// Time from the end of the transaction before to the last character of the answer.
    package func cost(_ table: RegisterTable, count: Int, device: DeviceTiming) -> Nanoseconds {
        silence + device.guardTime + requestTime + device.turnaround + answerTime(table, count: count)
    }
}

/// What a device adds to the cost of each of its requests.
package struct DeviceTiming: Hashable, Sendable {
    /// Silence that the device needs before a request, beyond 3.5 characters.
    package var guardTime: Nanoseconds
    /// From the end of a request on the wire to the begin of the answer's first character.
    package var turnaround: Nanoseconds

    package init(guardTime: Nanoseconds = 0, turnaround: Nanoseconds) {
        self.guardTime = guardTime
        self.turnaround = turnaround
    }
}
