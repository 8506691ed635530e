internal import FieldBus
internal import GatewayModel

/// What `gatewayctl frames` asks of the running daemon: the flight recorder of one bus.
///
/// Bounded by the recorder: 16 KiB of records give at most 0.5 MiB of text or 0.15 MiB of capture file.
struct FramesAnswer {
    static let usage = "frames BUS [--first|--newest] [--pcap] [--after MICROSECONDS] [--release]"

    var workers: [BusWorker]
    var configuration: GatewayConfiguration
    /// UTC - CLOCK_BOOTTIME, trusted or not.
    var offset: Nanoseconds

    /// - Parameter words: what follows `frames`.
    func bytes(_ words: [String]) -> [UInt8] {
        guard let name = words.first, let index = workers.firstIndex(where: { $0.id == name }) else {
            let known = workers.map(\.id).joined(separator: ", ")
            return error("no bus \"\(words.first ?? "")\"; known: \(known)")
        }
        guard let request = Request(words.dropFirst()) else { return error("usage: \(Self.usage)") }
        let recorder = workers[index].recorder
        if request.releases {
            recorder.release()
            return Array("released\n".utf8)
        }
        guard let record = recorder.frozen(request.part) else {
            return error("no fault on \(name) since the last release")
        }
        let connection = configuration.buses[index].connection
        if request.isCapture {
            return CaptureFile.bytes(record.frames, framing: .init(connection), offset: offset)
        }
        return Array(text(record, connection, after: request.after).utf8)
    }

    /// The first line tells where the next look goes on; frames before it are explained but not shown again.
    private func text(
        _ record: FlightRecorder.Frozen, _ connection: BusConnection, after: Int64
    ) -> String {
        var renderer = FrameText(connection)
        var last = after
        var lines = ""
        for frame in record.frames {
            let line = renderer.line(frame, clock: clock(frame.time))
            let microseconds = frame.time.nanoseconds / 1_000
            guard microseconds > after else { continue }
            last = microseconds
            lines += line + "\n"
        }
        let fault = record.fault.reason.isEmpty ? "" : "\(clock(record.fault.at)) \(record.fault.reason)\n"
        return "next \(last)\n" + lines + fault
    }

    /// `2026-11-21T07:11:23.120456Z`
    private func clock(_ time: BootTime) -> String {
        let wall = time.nanoseconds + offset
        let micro = String(String(1_000 + max(0, wall / 1_000 % 1_000)).dropFirst())
        return String(UTCText.text(wall).dropLast()) + micro + "Z"
    }

    private func error(_ text: String) -> [UInt8] { Array("error: \(text)\n".utf8) }

    private struct Request {
        var part = FlightRecorder.Part.live
        var isCapture = false
        var after: Int64 = -1
        var releases = false

        init?(_ words: ArraySlice<String>) {
            var words = words
            while let word = words.popFirst() {
                switch word {
                case "--first": part = .first
                case "--newest": part = .newest
                case "--pcap": isCapture = true
                case "--release": releases = true
                case "--after":
                    guard let number = words.popFirst().flatMap({ Int64($0) }) else { return nil }
                    after = number
                default: return nil
                }
            }
        }
    }
}
