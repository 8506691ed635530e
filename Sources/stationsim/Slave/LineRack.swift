/// All devices of a serial line. Owned by the thread of the line.
struct LineRack {
    /// A device and how it hangs on the line.
    struct Place {
        let wiring: Wiring
        var slave: any LineSlave
    }

    var places: [Place]

    init(_ definitions: [DeviceDefinition], seed: UInt64, board: SignalBoard) {
        places = definitions.map { definition in
            let slave: any LineSlave =
                if let meter = definition.meter {
                    MeterSlave(definition, meter, seed: seed, board: board)
                } else {
                    ModbusRTUSlave(definition, seed: seed, board: board)
                }
            return Place(wiring: definition.wiring, slave: slave)
        }
    }

    /// Whom a sound request is for; nil when nothing hangs there.
    func device(addressedBy frame: [UInt8]) -> String? {
        places.first { $0.slave.isAddressed(by: frame) }?.slave.device
    }

    /// The shortest time from a request to an answer.
    var quickest: Nanoseconds { places.map(\.slave.quickest).min() ?? 0 }
}
