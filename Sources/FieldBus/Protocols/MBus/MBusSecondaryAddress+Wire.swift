internal import GatewayModel

extension MBusSecondaryAddress {
    /// The eight bytes of a selection (EN 13757-3, 8.3): number, maker, version, medium, each low byte first.
    var wireBytes: [UInt8] {
        let maker = maker?.code ?? 0xFFFF
        return number.wireBytes + [UInt8(maker & 0xFF), UInt8(maker >> 8), version ?? 0xFF, medium ?? 0xFF]
    }
}
