package import GatewayModel

extension StateStore {
    /// The last known wall time is written at most this often.
    static let knownTimeInterval: Nanoseconds = .seconds(600)
    /// Boots whose anchors are kept.
    static let anchorLimit = 16

    private static let clock = "clock"
    private static let anchors = "anchors"

    /// UTC, ns since 1970, that was trusted when it was noted; nil: never.
    package var lastKnownTime: Nanoseconds? { integer("last-known", in: Self.clock) }

    /// Notes a trusted time; written when it is 10 minutes later than the one before, or earlier (a correction).
    package func noteKnownTime(_ realTime: Nanoseconds) {
        if let last = lastKnownTime, realTime >= last, realTime - last < Self.knownTimeInterval { return }
        set("last-known", in: Self.clock, to: Self.bytes(realTime))
    }

    /// How often the agent has been started with this state, this start included once it was counted.
    package var starts: Int64 { integer("starts", in: Self.clock) ?? 0 }

    /// - Returns: the number of this start, from 1.
    @discardableResult
    package func countStart() -> Int64 {
        let number = starts + 1
        set("starts", in: Self.clock, to: Self.bytes(number))
        return number
    }

    package func anchor(of boot: BootID) -> WallAnchor? {
        guard let bytes = value(boot.hexadecimal, in: Self.anchors), bytes.count == 32 else { return nil }
        return WallAnchor(
            bootTime: BootTime(nanoseconds: bytes.littleEndian64(at: 0)), realTime: bytes.littleEndian64(at: 8),
            error: bytes.littleEndian64(at: 16))
    }

    /// The first anchor of a boot stands. Only the last 16 boots are kept.
    package func setAnchor(_ anchor: WallAnchor, of boot: BootID) {
        guard self.anchor(of: boot) == nil else { return }
        var bytes = Self.bytes(anchor.bootTime.nanoseconds)
        bytes.append(littleEndian: anchor.realTime)
        bytes.append(littleEndian: anchor.error)
        bytes.append(littleEndian: nextAnchorNumber)
        set(boot.hexadecimal, in: Self.anchors, to: bytes)
        let old = keys(in: Self.anchors).sorted { anchorNumber($0) < anchorNumber($1) }
        for key in old.dropLast(Self.anchorLimit) { set(key, in: Self.anchors, to: nil) }
    }

    private var nextAnchorNumber: Int64 { (keys(in: Self.anchors).map(anchorNumber).max() ?? 0) + 1 }

    /// Counts anchors, so that the oldest is known without trusting any clock.
    private func anchorNumber(_ key: String) -> Int64 {
        value(key, in: Self.anchors).map { $0.count == 32 ? $0.littleEndian64(at: 24) : 0 } ?? 0
    }

    private func integer(_ key: String, in namespace: String) -> Int64? {
        value(key, in: namespace).flatMap { $0.count == 8 ? $0.littleEndian64(at: 0) : nil }
    }

    private static func bytes(_ value: Int64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: value)
        return bytes
    }
}
