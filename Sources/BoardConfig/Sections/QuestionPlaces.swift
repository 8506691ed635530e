internal import GatewayModel

/// Numbers the questions of one meter in the order in which its points name them.
struct QuestionPlaces {
    private var known: [MeterQuestion] = []

    mutating func placed(_ source: PointSource) -> PointSource {
        guard case .meter(var meter) = source else { return source }
        let place = known.firstIndex(of: meter.question) ?? known.count
        if place == known.count { known.append(meter.question) }
        meter.place = UInt16(clamping: place)
        return .meter(meter)
    }
}
