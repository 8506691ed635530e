import GatewayModel
import Testing

@testable import Telemetry

/// Short ways to make the things that tests talk about.
func decimal(_ text: String) -> DecimalNumber { DecimalNumber(text) ?? .zero }

func point(
    _ index: PointIndex, _ device: String = "heat-meter", _ id: String? = nil, type: RegisterType = .int16,
    scale: String = "1", offset: String = "0", unit: String = "", validRaw: ClosedRange<DecimalNumber>? = nil,
    validValue: ClosedRange<DecimalNumber>? = nil, noValue: [String] = [], deadBand: String? = nil,
    resolution: String? = nil, labels: [Int64: String] = [:], kind: PointKind = .gauge,
    period: SamplingPeriod = .every(.seconds(10)), maxSilence: Nanoseconds = .seconds(300)
) -> PointDefinition {
    PointDefinition(
        index: index, device: device, id: id ?? "p\(index)", unit: unit,
        source: .register(table: .holding, address: UInt16(index), type: type, count: type.registers ?? 8),
        scaling: .linear(scale: decimal(scale), offset: decimal(offset)), validRaw: validRaw, validValue: validValue,
        noValue: noValue.map(decimal), labels: labels, kind: kind, period: period, deadBand: deadBand.map(decimal),
        maxSilence: maxSilence, resolution: resolution.map(decimal))
}

func at(_ milliseconds: Int64) -> BootTime { BootTime(nanoseconds: milliseconds * 1_000_000) }

func good(_ point: PointIndex, _ milliseconds: Int64, _ value: Int64) -> Reading {
    Reading(point: point, time: at(milliseconds), quality: .good, sample: .integer(value))
}

func measured(_ point: PointIndex, _ milliseconds: Int64, _ value: Float) -> Reading {
    Reading(point: point, time: at(milliseconds), quality: .good, sample: .float32(value))
}

func bad(_ point: PointIndex, _ milliseconds: Int64, _ quality: Quality) -> Reading {
    Reading(point: point, time: at(milliseconds), quality: quality, sample: nil)
}

enum Fixed {
    static let epoch = Epoch(bytes: (0..<16).map { 0x90 + $0 }) ?? .random()
    static let boot = BootID(bytes: (0..<16).map { 0x10 + $0 })
    /// 2026-11-21T03:20:00.000Z at 1,000 s after boot.
    static let anchor = WallAnchor(
        bootTime: BootTime(nanoseconds: 1_000_000_000_000), realTime: 1_795_231_200_000_000_000, error: 20_000_000)
    static let key = BatchKey(epoch: epoch, sequence: 412)
}

func sealed(
    _ content: BatchContent, dictionary: PointDictionary, anchor: WallAnchor? = Fixed.anchor
) throws -> SealedBatch {
    let boot = try #require(Fixed.boot)
    return SealedBatch(content, at: at(0), boot: boot, anchor: anchor, dictionary: dictionary.id)
}
