internal import GatewayModel

/// Decides whether a stored sample is within the dead band of the last one sent; the edge is inside.
enum DeadBand: Sendable {
    /// Every reading is sent.
    case none
    /// Stored integers may differ by so much.
    case integers(UInt64, unsigned: Bool)
    /// Values may differ by so much, in exact decimals.
    case decimals(DecimalNumber, ExactScaling, unsigned: Bool)
    /// Only equal samples are within.
    case equality

    init(_ point: PointDefinition, resolution: DecimalNumber?) {
        guard let band = point.deadBand, !band.isNegative else {
            self = .none
            return
        }
        let stored = DescribedPoint(point)
        if point.valueType == .string {
            self = .equality
        } else if SampleKind(point.valueType) == .integer || resolution != nil, let scale = stored.exact.line?.scale,
            scale != .zero, let steps = band.wholeTimes(scale.magnitude)
        {
            self = .integers(steps, unsigned: stored.storesUnsigned64)
        } else {
            self = .decimals(band, stored.exact, unsigned: stored.storesUnsigned64)
        }
    }

    /// A value that cannot be computed is never within.
    func holds(_ sample: Sample, _ last: Sample) -> Bool {
        switch (self, sample, last) {
        case (.none, _, _): false
        case (.integers(let steps, let unsigned), .integer(let a), .integer(let b)):
            unsigned
                ? UInt64(bitPattern: max(a, b, unsigned: true)) - UInt64(bitPattern: min(a, b, unsigned: true)) <= steps
                : UInt64(bitPattern: Swift.max(a, b) &- Swift.min(a, b)) <= steps
        case (.decimals(let band, let exact, let unsigned), _, _):
            Self.difference(sample, last, exact, unsigned).map { $0.magnitude <= band } ?? false
        default: sample == last
        }
    }

    private static func difference(
        _ a: Sample, _ b: Sample, _ exact: ExactScaling, _ unsigned: Bool
    ) -> DecimalNumber? {
        guard let x = a.decimal(unsigned64: unsigned).flatMap(exact.value(of:)),
            let y = b.decimal(unsigned64: unsigned).flatMap(exact.value(of:))
        else { return nil }
        return x.subtracting(y)
    }

    private func max(_ a: Int64, _ b: Int64, unsigned: Bool) -> Int64 {
        UInt64(bitPattern: a) > UInt64(bitPattern: b) ? a : b
    }

    private func min(_ a: Int64, _ b: Int64, unsigned: Bool) -> Int64 {
        UInt64(bitPattern: a) > UInt64(bitPattern: b) ? b : a
    }
}

extension DecimalNumber {
    /// How many times `step` (above zero) fits wholly into this number, which is not negative; nil beyond 2^63.
    fileprivate func wholeTimes(_ step: DecimalNumber) -> UInt64? {
        guard let nearest = rounded(toMultiplesOf: step), let back = DecimalNumber(nearest).multiplied(by: step) else {
            return nil
        }
        return UInt64(back <= self ? nearest : nearest - 1)
    }
}
