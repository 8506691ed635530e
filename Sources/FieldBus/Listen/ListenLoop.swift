internal import BusPlanning
internal import GatewayModel
internal import Logging

/// The thread of a listen-only bus: opens the port, hears, delivers. It never writes a byte to it.
final class ListenLoop {
    private let devices: [DeviceConfiguration]
    private let sink: any ReadingSink
    private let logger: Logger
    private let wait: LineWait
    private let offset: @Sendable () -> Nanoseconds
    private var opener: LinkOpener
    private var conversation: ListenConversation
    private var backOff = BackOff()
    private var isLost = false

    private static let longestWait: Nanoseconds = .seconds(1)

    init(
        bus: BusConfiguration, devices: [DeviceConfiguration], points: [PointDefinition], sink: any ReadingSink,
        logger: Logger, wait: LineWait, recorder: FlightRecorder, offset: @escaping @Sendable () -> Nanoseconds
    ) {
        self.devices = devices
        self.sink = sink
        self.logger = logger
        self.wait = wait
        self.offset = offset
        opener = LinkOpener(bus.connection, wait: wait, recorder: recorder)
        conversation = ListenConversation(devices: devices, points: points, now: wait.now)
    }

    func run(until isStopping: () -> Bool, publish: BusLoop.Publish, progress: (BootTime) -> Void) {
        publish { $0.isListenOnly = true }
        var link: RTULink?
        while !isStopping() {
            progress(wait.now)
            guard let open = link ?? openLink(publish) else { continue }
            link = open
            switch open.listen(until: wait.now + Self.longestWait) {
            case .stopped: continue
            case .nothing: break
            case .lost(let reason):
                link = nil
                portIsLost(reason, publish)
                continue
            case .pieces(let pieces): for piece in pieces { hear(piece) }
            }
            deliver(conversation.silent(now: wait.now))
            tell(publish)
        }
    }

    private func openLink(_ publish: BusLoop.Publish) -> RTULink? {
        do throws(TCPConnection.Failure) {
            guard let link = try opener.open() as? RTULink else { throw .stopped }
            isLost = false
            backOff.reset()
            publish {
                $0.state = .polling
                $0.portError = nil
            }
            return link
        } catch {
            if case .refused(let reason) = error { portIsLost(reason, publish) }
            return nil
        }
    }

    private func portIsLost(_ reason: LinkError, _ publish: BusLoop.Publish) {
        publish {
            $0.state = .portLost
            $0.portError = reason.description
            if !isLost { $0.portLosses += 1 }
        }
        if !isLost {
            deliver(conversation.lost(now: wait.now))
            logger.warning("port lost", metadata: ["reason": "\(reason)"])
        }
        isLost = true
        _ = wait.sleep(until: wait.now + backOff.next())
    }

    private func hear(_ piece: RTULink.Piece) {
        switch piece.piece {
        case .noise(let bytes): conversation.heard(noise: bytes.count)
        case .frame(let frame):
            deliver(conversation.heard(frame: frame, begin: piece.begin, end: piece.end, offset: offset()))
        }
    }

    private func deliver(_ readings: [Reading]) { if !readings.isEmpty { sink.accept(readings) } }

    private func tell(_ publish: BusLoop.Publish) {
        publish { status in
            status.requests = conversation.counters.reduce(0) { $0 + $1.requests }
            for index in status.devices.indices {
                status.devices[index].counters = conversation.counters[index]
                status.devices[index].lastGood = conversation.lastGood[index]
                status.devices[index].times = ResponseTimes(conversation.turnarounds[index])
                if conversation.lastGood[index] != nil { status.devices[index].state = .ok }
            }
        }
    }
}
