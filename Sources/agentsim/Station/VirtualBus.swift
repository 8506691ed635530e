internal import BusPlanning
internal import FieldBus
internal import GatewayModel

/// A bus without a wire: the worker's own decisions (``FieldBus/BusConversation``) against meters that are a function.
struct VirtualBus: Sendable {
    /// As the worker's own thread.
    private static let longestIdle = Nanoseconds.seconds(1)

    private struct Pending: Sendable {
        var asking: Asking
        var transaction: Transaction
        var begin: BootTime
        /// What the meter served, from the request's first register on.
        var registers: [UInt16] = []
    }

    let bus: BusConfiguration
    /// When it wants to be called again.
    private(set) var next: BootTime
    private let devices: [DeviceConfiguration]
    private let points: [PointDefinition]
    private let cost: LineCost
    private var conversation: BusConversation
    private var knownOffset: Nanoseconds
    private var pending: Pending?
    private var isLost = false
    /// Good readings that are not what the meter served.
    private(set) var misread = 0

    init(_ bus: BusConfiguration, in configuration: GatewayConfiguration, offset: Nanoseconds, now: BootTime) {
        self.bus = bus
        devices = configuration.devices.filter { $0.bus == bus.id }
        points = configuration.points
        cost = LineCost(bus.connection)
        conversation = BusConversation(
            bus: bus, devices: devices, points: configuration.points, offset: offset, now: now)
        knownOffset = offset
        next = now
    }

    /// What happens on the bus at `now`.
    mutating func act(
        now: BootTime, truth: Nanoseconds, offset: Nanoseconds, world: FieldWorld, random: inout SeededRandom
    ) -> [Reading] {
        if let pending {
            guard now >= pending.transaction.end else { return [] }
            self.pending = nil
            next = now
            let readings = conversation.heard(
                pending.transaction, asking: pending.asking, busy: now - pending.begin)
            for reading in readings where reading.quality == .good { check(reading, against: pending) }
            return readings
        }
        if offset != knownOffset {
            knownOffset = offset
            conversation.clockChanged(offset: offset, now: now)
        }
        next = now + Self.longestIdle
        if world.portIsLost(bus.id, at: truth) {
            defer { isLost = true }
            return isLost ? [] : conversation.lost(now: now)
        }
        if isLost {
            isLost = false
            conversation.reopened(now: now)
        }
        var stale: [Reading] = []
        switch conversation.next(now: now, stale: &stale) {
        case .idle(let until): next = max(min(until, next), now + 1)
        case .ask(let asking): ask(asking, now: now, truth: truth, world: world, random: &random)
        // Meters that are asked by telegrams: the simulated station has none.
        case .inquire: break
        }
        return stale
    }

    private mutating func ask(
        _ asking: Asking, now: BootTime, truth: Nanoseconds, world: FieldWorld, random: inout SeededRandom
    ) {
        let request = asking.request
        let device = devices[asking.device].id
        let sent = now + cost.silence + asking.guardTime
        let requested = sent + cost.requestTime
        let turnaround = random.between(.milliseconds(5), .milliseconds(40))
        var transaction = Transaction(outcome: .noReply, sent: sent, end: requested + asking.timeout)
        let answered = requested + turnaround + cost.time(characters: cost.answerOverhead + request.dataBytes)
        var registers: [UInt16] = []
        switch world.ailment(of: device, at: truth) {
        case nil:
            // As the last byte comes, to within the drift of the crystal.
            let then = truth + (answered - now)
            registers = (0..<request.count).map {
                FieldWorld.register(device, request.address &+ UInt16(truncatingIfNeeded: $0), at: then)
            }
            transaction.outcome = .values(
                registers.flatMap { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] })
            transaction.end = answered
            transaction.turnaround = turnaround
        case .silent: transaction.answerMayCome = true
        case .spoils:
            transaction.outcome = .checksum
            transaction.end = answered + cost.silence
        case .refuses:
            transaction.outcome = .exception(4)
            transaction.end = requested + turnaround + cost.time(characters: 5)
            transaction.turnaround = turnaround
        }
        pending = Pending(asking: asking, transaction: transaction, begin: now, registers: registers)
        next = transaction.end
    }

    private mutating func check(_ reading: Reading, against pending: Pending) {
        let address = points[reading.point].source.register?.address ?? 0
        let place = Int(address) - Int(pending.asking.request.address)
        guard pending.registers.indices.contains(place),
            reading.sample == .integer(Int64(pending.registers[place]))
        else { return misread += 1 }
    }
}
