package import GatewayModel

/// All lines of the board, round after round. Belongs to one thread; time and chips come from outside, so that tests
/// drive both by hand.
package final class DigitalLoop {
    /// No round later than this after the last.
    package static let longestRest: Nanoseconds = .seconds(5)

    private let bank: any LineBank
    private let time: any TimeSource
    private let offset: () -> Nanoseconds
    private let inputs: [InputLine]
    private let outputs: [OutputLine]

    /// - Parameters:
    ///   - points: all of the configuration, `points[i].index == i`.
    ///   - offset: UTC - CLOCK_BOOTTIME once the clock is trusted, 0 before.
    package init(
        inputs: [InputConfiguration], outputs: [OutputConfiguration], powerFail: LineDescription?,
        points: [PointDefinition], bank: any LineBank, time: any TimeSource, offset: @escaping () -> Nanoseconds
    ) {
        self.bank = bank
        self.time = time
        self.offset = offset
        let period: (PointIndex) -> SamplingPeriod = {
            points.indices.contains($0) ? points[$0].period : .every(.seconds(10))
        }
        var lines = inputs.map { input in
            InputLine(
                input, line: input.line, isPowerFail: input.line.address == powerFail?.address && !input.isCounter,
                period: period(input.point))
        }
        if let powerFail, !inputs.contains(where: { $0.line.address == powerFail.address && !$0.isCounter }) {
            lines.append(InputLine(nil, line: powerFail, isPowerFail: true, period: .every(.seconds(10))))
        }
        self.inputs = lines
        self.outputs = outputs.map { OutputLine($0, period: period($0.point)) }
    }

    /// What a round is waited for with: -1 where there is nothing.
    package var descriptors: [CInt] { inputs.map(\.descriptor) }

    package var status: [DigitalStatus] { inputs.map(\.status) + outputs.map(\.status) }

    /// Of every counter whose earlier pulses are known: all that were ever counted.
    package var counts: [PulseTotal] {
        inputs.filter(\.isCounter).compactMap { line in line.count.map { PulseTotal(id: line.id, count: $0) } }
    }

    /// When the next round is due, if no edge comes before.
    package var deadline: BootTime {
        let first = (inputs.compactMap(\.deadline) + outputs.compactMap(\.deadline)).min()
        let latest = time.bootTime() + Self.longestRest
        return min(first ?? latest, latest)
    }

    /// Looks at every line and at what has come.
    package func round(_ mail: [DigitalMail] = []) -> (readings: [Reading], events: [DigitalEvent]) {
        var round = LoopRound(bank: bank, now: time.bootTime(), offset: offset())
        for line in outputs { line.round(&round) }
        for mail in mail { take(mail, &round) }
        for line in inputs { line.round(&round) }
        return (round.readings, round.events)
    }

    private func take(_ mail: DigitalMail, _ round: inout LoopRound) {
        switch mail {
        case .totals(let totals):
            for line in inputs where line.isCounter {
                let known = totals.first { $0.id == line.id }
                line.adopt(before: known?.count ?? 0, correction: known?.correction ?? 0)
            }
        case .correct(let id, let correction):
            guard let line = inputs.first(where: { $0.isCounter && $0.id == id }), let before = line.before else {
                return
            }
            line.adopt(before: before, correction: correction)
            line.reportCorrection(&round)
        case .set(let id, let isOn, let duration, let answer):
            let line = outputs.first { $0.status.id == id }
            answer.give(line.map { $0.set(isOn, for: duration, &round) } ?? "there is no output \"\(id)\"")
        }
    }

    /// Outputs go to their safe state, and all lines are given back.
    package func release() {
        for line in outputs { line.release() }
        for line in inputs { line.release() }
    }
}
