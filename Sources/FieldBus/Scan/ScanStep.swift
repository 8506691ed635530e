package import GatewayModel

/// One question of a search: to whom, at which settings.
package struct ScanStep: Hashable, Sendable {
    package var target: ScanTarget
    package var format: SerialFormat
    /// From the end of the request to the begin of the answer.
    package var timeout: Nanoseconds

    package init(_ target: ScanTarget, _ format: SerialFormat, timeout: Nanoseconds) {
        self.target = target
        self.format = format
        self.timeout = timeout
    }

    /// - Parameter isPatient: wait for slow ones.
    init(_ target: ScanTarget, _ format: SerialFormat, isPatient: Bool) {
        let timeout: Nanoseconds =
            switch target.proto {
            case .modbus: isPatient ? ScanPlan.slowTimeout : ScanPlan.fastTimeout
            // An answer begins within 500 ms (DL/T 645-2007, 7.2; CJ/T 188 has it from there).
            case .dlt645, .cjt188: .milliseconds(600)
            // Within 330 bits and 50 ms (EN 13757-2, 5.2).
            case .mbus: 330 * 1_000_000_000 / Int64(max(format.baud, 300)) + .milliseconds(150)
            }
        self.init(target, format, timeout: timeout)
    }

    package var request: [UInt8] { target.request }

    /// How long it keeps the line when nobody answers: silence, request, timeout.
    package var cost: Nanoseconds {
        let baud = Int64(max(format.baud, 1))
        let characters = Int64(request.count) + 4
        return characters * Int64(format.bitsPerCharacter) * 1_000_000_000 / baud + timeout
    }
}
