import Glibc
import SerialLine

extension SerialLineSimulation {
    /// Takes what the program at the port has written.
    mutating func receive() {
        guard let terminal else { return }
        let now = Clock.monotonic()
        var fresh = withUnsafeTemporaryAllocation(byteCount: 512, alignment: 1) { buffer in
            Array(buffer.prefix(terminal.read(into: buffer)))
        }
        guard !fresh.isEmpty else { return }
        guard let earlier = request else {
            request = begin(fresh, now)
            return
        }
        fresh = Array(fresh.prefix(512 - earlier.bytes.count))
        request?.bytes += fresh
        if isPaced { wire.append(fresh, to: earlier.emission) }
    }

    private mutating func begin(_ bytes: [UInt8], _ now: Nanoseconds) -> IncomingRequest {
        followSettings()
        let settings = port.settings
        var emission: UInt64 = 0
        if isPaced {
            wire.forget(before: now)
            emission = wire.add(bytes, at: now, settings, isInverted: serial.isSwapped, by: .port)
            if lastFrame == .answer {
                context.meter.count { $0.gaps.add(now - lineEnd - settings.timing.frameSilence) }
            }
        }
        return IncomingRequest(
            bytes: bytes, start: now, settings: settings, emission: emission, previous: (lineEnd, lastFrame))
    }

    /// When the request counts as complete: late enough for a second part of it, soon enough for the quickest slave.
    func settled(_ request: IncomingRequest) -> Nanoseconds {
        guard isPaced else { return request.start }
        return request.end + min(request.settings.timing.characterSilence, rack.quickest / 2)
    }

    /// Gives a request that has left the line to the devices.
    mutating func finishRequest(_ now: Nanoseconds) {
        guard let request, now >= settled(request) else { return }
        self.request = nil
        let end = isPaced ? request.end : request.start
        lineEnd = max(lineEnd, end)
        lastFrame = .request
        context.meter.count { statistics in
            statistics.requests += 1
            if statistics.firstRequest == nil { statistics.firstRequest = request.start }
        }
        offer(
            Call(
                bytes: request.bytes, start: request.start, end: end, settings: request.settings,
                isInverted: serial.isSwapped, emission: request.emission, master: nil, previous: request.previous), now)
    }
}
