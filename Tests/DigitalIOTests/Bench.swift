import DigitalIO
import GatewayModel
import GatewayTestSupport
import Synchronization

/// Time that moves only when a test says so.
final class HandClock: TimeSource {
    private let now = Mutex(BootTime(nanoseconds: .seconds(1_000)))
    func bootTime() -> BootTime { now.withLock { $0 } }
    func realTime() -> Nanoseconds { bootTime().nanoseconds }
    func advance(_ span: Nanoseconds) { now.withLock { $0 = $0 + span } }
}

/// One loop with its chip and its clock.
final class Bench {
    let clock = HandClock()
    let bank: FakeBank
    let loop: DigitalLoop
    /// Of point 0, since the last call of ``takeReadings()``.
    private(set) var readings: [Reading] = []
    private(set) var events: [DigitalEvent] = []

    static let wire = LineAddress.offset(chip: "chip", line: 1)
    static let relay = LineAddress.offset(chip: "chip", line: 2)
    static let supply = LineAddress.offset(chip: "chip", line: 7)

    init(
        counter: Bool = false, debounce: Nanoseconds = 0, maxOn: Nanoseconds? = nil, operable: Bool = true,
        powerFail: LineAddress? = nil, period: Nanoseconds = .seconds(10), bank: FakeBank = FakeBank(),
        offset: Nanoseconds = 0
    ) {
        self.bank = bank
        let point = PointDefinition(
            index: 0, device: "io", id: "wire", source: .board(counter ? .counter : .input), period: .every(period))
        let relay = PointDefinition(
            index: 1, device: "io", id: "relay", source: .board(.output), period: .every(period))
        loop = DigitalLoop(
            inputs: [
                InputConfiguration(
                    id: "wire", line: LineDescription(address: Self.wire), debounce: debounce, isCounter: counter,
                    point: 0)
            ],
            outputs: [
                OutputConfiguration(
                    id: "relay", line: LineDescription(address: Self.relay), isOperable: operable, maxOn: maxOn,
                    point: 1)
            ],
            powerFail: powerFail.map { LineDescription(address: $0) }, points: [point, relay], bank: bank, time: clock,
            offset: { offset })
    }

    var now: BootTime { clock.bootTime() }

    /// Time passes, and the loop comes round.
    func round(after span: Nanoseconds = 0, _ mail: [DigitalMail] = []) {
        clock.advance(span)
        let result = loop.round(mail)
        readings += result.readings
        events += result.events
    }

    /// Readings of a point since the last call, without their index.
    func take(_ point: PointIndex = 0) -> [Reading] {
        defer { readings.removeAll { $0.point == point } }
        return readings.filter { $0.point == point }
    }

    /// `good 1`, `port-lost -`.
    func words(_ point: PointIndex = 0) -> [String] {
        take(point).map { reading in
            let value: String = if case .integer(let value)? = reading.sample { "\(value)" } else { "-" }
            return "\(reading.quality.name) \(value)"
        }
    }

    var wireStatus: DigitalStatus? { loop.status.first { $0.id == "wire" } }
}
