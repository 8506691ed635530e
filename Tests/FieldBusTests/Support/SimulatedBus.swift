import BusPlanning
import GatewayModel

@testable import FieldBus

/// A bus without a wire: the worker's decisions against devices that are a function, in simulated time.
struct SimulatedBus {
    enum Behaviour {
        case answers(after: Nanoseconds)
        /// After 10 ms, with these bytes.
        case says([UInt8])
        case exception(UInt8)
        case silent
        case spoils
    }

    /// How the device with this unit takes this request at this moment.
    typealias Script = (ReadRequest, BootTime) -> Behaviour

    private(set) var conversation: BusConversation
    private(set) var now: BootTime
    private(set) var readings: [Reading] = []
    private(set) var asked: [(request: ReadRequest, at: BootTime)] = []
    /// Bus time by unit.
    private(set) var busy: [UInt8: Nanoseconds] = [:]
    private let cost: LineCost
    private let station: TestStation
    private let script: Script

    init(_ station: TestStation, script: @escaping Script) {
        self.station = station
        self.script = script
        now = BootTime(nanoseconds: 1_000_000_000_000)
        cost = LineCost(station.bus.connection)
        conversation = BusConversation(
            bus: station.bus, devices: station.devices, points: station.points, offset: 0, now: now)
    }

    mutating func adopt(_ learnt: [String: LearntDevice]) { conversation.adopt(learnt, now: now) }

    mutating func busCase() -> BusCase { conversation.busCase(now: now) }

    mutating func accept(_ devices: Set<String>) { conversation.accept(devices) }

    mutating func run(seconds: Int64) {
        let end = now + .seconds(seconds)
        while now < end {
            var stale: [Reading] = []
            let step = conversation.next(now: now, stale: &stale)
            readings += stale
            switch step {
            case .idle(let until): now = min(max(until, now + 1), end)
            case .ask(let asking): transact(asking)
            // No meters without registers here.
            case .inquire: now = end
            }
        }
    }

    mutating func forgetReadings() {
        readings = []
        asked = []
        busy = [:]
    }

    private mutating func transact(_ asking: Asking) {
        let request = asking.request
        let begin = now
        let sent = now + cost.silence + asking.guardTime
        let requestEnd = sent + cost.requestTime
        asked.append((request, sent))
        var transaction = Transaction(outcome: .noReply, sent: sent, end: requestEnd + asking.timeout)
        let onTheLine = cost.time(characters: cost.answerOverhead + request.dataBytes)
        switch script(request, now) {
        case .answers(let turnaround) where turnaround <= asking.timeout:
            transaction.outcome = .values(
                (0..<request.dataBytes).map { UInt8(truncatingIfNeeded: Int(request.address) + $0 / 2) })
            transaction.end = requestEnd + turnaround + onTheLine
            transaction.turnaround = turnaround
        case .says(let data):
            transaction.outcome = .values(data)
            transaction.end = requestEnd + .milliseconds(10) + onTheLine
            transaction.turnaround = .milliseconds(10)
        case .exception(let code):
            transaction.outcome = .exception(code)
            transaction.end = requestEnd + .milliseconds(10) + cost.time(characters: 5)
            transaction.turnaround = .milliseconds(10)
        case .spoils:
            transaction.outcome = .checksum
            transaction.end = requestEnd + .milliseconds(10) + onTheLine + cost.silence
        case .answers, .silent: transaction.answerMayCome = true
        }
        now = transaction.end
        busy[request.unit, default: 0] += now - begin
        readings += conversation.heard(transaction, asking: asking, busy: now - begin)
    }
}
