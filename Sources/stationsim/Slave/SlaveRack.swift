/// All slaves of a TCP bus by their unit address. Owned by the thread of the bus.
struct SlaveRack {
    private var slaves: [UInt8: Slave] = [:]

    init(_ definitions: [DeviceDefinition], seed: UInt64, board: SignalBoard) {
        for definition in definitions { slaves[definition.unit] = Slave(definition, seed: seed, board: board) }
    }

    /// nil for an address at which nothing hangs.
    func device(at unit: UInt8) -> String? { slaves[unit]?.definition.id }

    /// nil when nothing answers.
    mutating func answer(unit: UInt8, _ pdu: ArraySlice<UInt8>, at elapsed: Nanoseconds) -> Reply? {
        slaves[unit]?.answer(pdu, at: elapsed)
    }
}
