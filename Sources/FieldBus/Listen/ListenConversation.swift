package import BusPlanning
package import GatewayModel

/// Readings out of another master's polling: its requests and their answers, heard on a line where this gateway sends
/// nothing. A value without clock or wire.
///
/// A point is delivered when its registers lie in an answer that was heard, the first time in each of its periods. One
/// that was not heard for three periods, at least 30 s, is `stale` once, until it is heard again.
package struct ListenConversation: Sendable {
    /// An answer belongs to the request before it if it begins within this time.
    package static let longestTurnaround: Nanoseconds = .seconds(5)
    package static let shortestPatience: Nanoseconds = .seconds(30)

    private let devices: [DeviceConfiguration]
    private let points: [PointDefinition]
    private let deviceOfUnit: [UInt8: Int]
    private var asked: (request: ReadRequest, end: BootTime)?
    /// By point, of those of this bus: the period in which it was delivered last, and when it was heard.
    private var slots: [PointIndex: Int64] = [:]
    private var heardAt: [PointIndex: BootTime] = [:]
    private var stale: Set<PointIndex> = []

    package private(set) var counters: [DeviceCounters]
    package private(set) var lastGood: [BootTime?]
    package private(set) var turnarounds: [LatencyHistogram]
    /// Sound frames heard, and bytes without a frame.
    package private(set) var frames = 0
    package private(set) var noise = 0

    package init(devices: [DeviceConfiguration], points: [PointDefinition], now: BootTime) {
        self.devices = devices
        self.points = points
        deviceOfUnit = Dictionary(
            devices.indices.filter { devices[$0].address.isModbus }.map { (devices[$0].unit, $0) },
            uniquingKeysWith: { first, _ in first })
        counters = Array(repeating: DeviceCounters(), count: devices.count)
        lastGood = Array(repeating: nil, count: devices.count)
        turnarounds = Array(repeating: LatencyHistogram(), count: devices.count)
        for device in devices { for point in device.points { heardAt[point] = now } }
    }

    /// - Parameters:
    ///   - frame: a sound RTU frame, check sum included.
    ///   - offset: UTC - CLOCK_BOOTTIME, or 0: periods are multiples on that line.
    package mutating func heard(frame: [UInt8], begin: BootTime, end: BootTime, offset: Nanoseconds) -> [Reading] {
        frames += 1
        guard let parsed = ModbusFrame(Array(frame.dropLast(2)), after: asked?.request) else { return [] }
        switch parsed {
        case .readRequest(let request):
            if let unanswered = asked, let device = deviceOfUnit[unanswered.request.unit] {
                counters[device].count(.noReply)
            }
            asked = (request, end)
            if let device = deviceOfUnit[request.unit] { counters[device].requests += 1 }
            return []
        case .readAnswer(let unit, let function, let data):
            guard let (request, requestEnd) = take(unit, function, before: begin), request.dataBytes == data.count,
                let device = deviceOfUnit[unit]
            else { return [] }
            counters[device].count(.values(data))
            lastGood[device] = end
            turnarounds[device].record(max(0, begin - requestEnd))
            return values(request, data, device: device, now: end, offset: offset)
        case .exception(let unit, let function, let code):
            guard let (request, _) = take(unit, function, before: begin), let device = deviceOfUnit[unit] else {
                return []
            }
            counters[device].count(.exception(code))
            var readings: [Reading] = []
            for point in covered(request, device: device) where isDue(point, now: end, offset: offset) {
                readings.append(Reading(point: point, time: end, quality: .exception, sample: nil))
            }
            return readings
        case .write, .other: return []
        }
    }

    package mutating func heard(noise count: Int) { noise += count }

    /// Points that have not been heard for too long, each once.
    package mutating func silent(now: BootTime) -> [Reading] {
        heardAt.keys.sorted().compactMap { point in
            guard !stale.contains(point), let last = heardAt[point], now - last > patience(point) else { return nil }
            stale.insert(point)
            return Reading(point: point, time: now, quality: .stale, sample: nil)
        }
    }

    /// The port is gone: every point is, once.
    package mutating func lost(now: BootTime) -> [Reading] {
        asked = nil
        let all = heardAt.keys.sorted()
        stale.formUnion(all)
        return all.map { Reading(point: $0, time: now, quality: .portLost, sample: nil) }
    }

    // MARK: - Parts

    /// The request that this answers.
    private mutating func take(_ unit: UInt8, _ function: UInt8, before begin: BootTime) -> (ReadRequest, BootTime)? {
        guard let (request, end) = asked, request.unit == unit, request.function == function,
            begin - end <= Self.longestTurnaround
        else { return nil }
        asked = nil
        return (request, end)
    }

    private mutating func values(
        _ request: ReadRequest, _ data: [UInt8], device: Int, now: BootTime, offset: Nanoseconds
    ) -> [Reading] {
        var readings: [Reading] = []
        for point in covered(request, device: device) {
            heardAt[point] = now
            let returns = stale.remove(point) != nil
            guard isDue(point, now: now, offset: offset) || returns else { continue }
            guard let source = points[point].source.register else { continue }
            let decoder = RegisterDecoder(table: source.table, address: request.address, data: data)
            let sample = decoder.sample(of: points[point])
            readings.append(
                Reading(point: point, time: now, quality: sample == nil ? .noValue : .good, sample: sample))
        }
        return readings
    }

    /// Points of the device whose registers lie in the request.
    private func covered(_ request: ReadRequest, device: Int) -> [PointIndex] {
        let asked = Int(request.address)..<Int(request.address) + request.count
        return devices[device].points.filter { index in
            guard points.indices.contains(index) else { return false }
            guard let source = points[index].source.register, source.table.readFunction == request.function else {
                return false
            }
            let addresses = PointSpan(points[index]).addresses
            return asked.lowerBound <= addresses.lowerBound && addresses.upperBound <= asked.upperBound
        }
    }

    /// The first time in its period.
    private mutating func isDue(_ point: PointIndex, now: BootTime, offset: Nanoseconds) -> Bool {
        guard case .every(let period) = points[point].period, period > 0 else { return true }
        let slot = (now.nanoseconds + offset) / period
        defer { slots[point] = slot }
        return slots[point] != slot
    }

    private func patience(_ point: PointIndex) -> Nanoseconds {
        guard case .every(let period) = points[point].period else { return Self.shortestPatience }
        return max(3 * period, Self.shortestPatience)
    }
}
