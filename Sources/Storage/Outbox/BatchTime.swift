package import GatewayModel

/// A moment inside a stored batch, told as well as the batch knows it.
package struct BatchTime: Hashable, Sendable {
    package var boot: BootID
    package var bootTime: BootTime
    /// UTC, nanoseconds since 1970; nil when the batch has no clock anchor.
    package var wall: Nanoseconds?

    package init(boot: BootID, bootTime: BootTime, wall: Nanoseconds?) {
        self.boot = boot
        self.bootTime = bootTime
        self.wall = wall
    }

    init(_ time: BootTime, boot: BootID, anchor: WallAnchor?) {
        self.init(boot: boot, bootTime: time, wall: anchor?.realTime(at: time))
    }

    /// As the end of a gap in a batch of `boot`.
    package func edge(in boot: BootID) -> GapEdge {
        if boot == self.boot { return .boot(bootTime) }
        return wall.map { .wall($0) } ?? .unknown
    }

    /// 33 bytes: boot, BOOTTIME, whether wall time is known, wall time; integers little-endian.
    var encoded: [UInt8] {
        var bytes = boot.bytes
        bytes.append(littleEndian: bootTime.nanoseconds)
        bytes.append(wall == nil ? 0 : 1)
        bytes.append(littleEndian: wall ?? 0)
        return bytes
    }

    /// nil for bytes of any other length.
    init?(encoded bytes: [UInt8]) {
        guard bytes.count == Self.encodedLength, let boot = BootID(bytes: Array(bytes[0..<16])) else { return nil }
        let wall = bytes[24] == 0 ? nil : bytes.littleEndian64(at: 25)
        self.init(boot: boot, bootTime: BootTime(nanoseconds: bytes.littleEndian64(at: 16)), wall: wall)
    }

    static let encodedLength = 33
}

extension [UInt8] {
    mutating func append(littleEndian value: Int64) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    /// The caller has checked the length.
    func littleEndian64(at offset: Int) -> Int64 {
        Int64(bitPattern: self[offset..<(offset + 8)].reversed().reduce(0) { $0 << 8 | UInt64($1) })
    }
}
