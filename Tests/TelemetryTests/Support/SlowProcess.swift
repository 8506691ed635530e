import GatewayModel
import GatewayTestSupport

@testable import Telemetry

/// 2,000 points on eight lines, 20 to a request, 0.1 resolution: 25 % never move, 30 % of the others take a step of
/// sigma 0.1 per cycle of 10 s. What a heat station looks like at night.
struct SlowProcess {
    enum Form: CaseIterable {
        /// int16 of tenths.
        case integers
        /// float32, rounded by `resolution: 0.1`.
        case resolvedFloats
        /// float32 of tenths, as many meters send them.
        case decimalFloats
        /// float32 with 0.2 % of noise in every reading.
        case noisyFloats
    }

    let form: Form
    let points: [PointDefinition]
    private var random: SeededGenerator
    private var values: [Double]
    private let moves: [Bool]
    private var cycle: Int64 = 0

    init(_ form: Form, seed: UInt64, upTo largest: Double) {
        self.form = form
        var random = SeededGenerator(seed: seed)
        values = (0..<2_000).map { _ in Double.random(in: 0..<largest, using: &random) }
        moves = (0..<2_000).map { _ in random.chance(0.75) }
        points = (0..<2_000).map { index in
            point(
                index, "device-\(index / 20)", type: form == .integers ? .int16 : .float32,
                scale: form == .integers ? "0.1" : "1", resolution: form == .resolvedFloats ? "0.1" : nil)
        }
        self.random = random
    }

    mutating func nextCycle() -> [Reading] {
        var lines = [Int64](repeating: 100_000_000 + cycle * 10_000, count: 8)
        cycle += 1
        return (0..<100).flatMap { request in
            lines[request % 8] += Int64.random(in: 120...126, using: &random)
            return (0..<20).map { reading(request * 20 + $0, at(lines[request % 8])) }
        }
    }

    private mutating func reading(_ index: PointIndex, _ time: BootTime) -> Reading {
        if moves[index], random.chance(0.3) { values[index] += random.normal() * 0.1 }
        let value = values[index]
        let sample: Sample =
            switch form {
            case .integers: .integer(Int64((value * 10).rounded()))
            case .resolvedFloats: .float32(Float(value))
            case .decimalFloats: .float32(Float((value * 10).rounded() / 10))
            case .noisyFloats: .float32(Float(value * (1 + 0.002 * random.normal())))
            }
        return Reading(point: index, time: time, quality: .good, sample: sample)
    }
}
