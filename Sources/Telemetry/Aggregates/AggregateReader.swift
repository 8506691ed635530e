internal import GatewayModel

/// Reads the aggregates section of foreign bytes.
struct AggregateReader {
    private let width: Int64
    private let origin: Int64
    private var lists: [[Int64]] = []
    private var columns: [(point: PointIndex, list: Int, form: Statistics.Form)] = []

    static func read(_ section: inout ByteReader, base: Int64) throws(BatchFormatError) -> AggregateBlock {
        var reader = try AggregateReader(&section, base: base)
        let columns = try section.count(limit: BatchContent.maximumReadings)
        let lists = try section.count(limit: columns)
        guard columns > 0, lists > 0 else { throw BatchFormatError("aggregates without columns") }
        try reader.readLists(&section, count: lists)
        try reader.readColumns(&section, count: columns)
        return try reader.readItems(&section)
    }

    private init(_ section: inout ByteReader, base: Int64) throws(BatchFormatError) {
        let stored = try section.varint()
        guard let width = Int64(exactly: stored), AggregateBlock.widths.contains(width) else {
            throw BatchFormatError("aggregates of an impossible width")
        }
        let (origin, overflow) = base.addingReportingOverflow(try section.signedVarint())
        let earliest = -AggregateBlock.widths.upperBound
        guard !overflow, (earliest..<BatchContent.bootTimes.upperBound).contains(origin) else {
            throw BatchFormatError("a time out of range")
        }
        (self.width, self.origin) = (width, origin)
    }

    private mutating func readLists(_ section: inout ByteReader, count: Int) throws(BatchFormatError) {
        let lengths = try section.planes(count)
        var total = 0
        for length in lengths {
            guard length > 0, length <= UInt64(BatchContent.maximumReadings - total) else {
                throw BatchFormatError("too many spans")
            }
            total += Int(length)
        }
        var steps = try section.planes(total)[...]
        for length in lengths {
            var list = [Int64]()
            list.reserveCapacity(Int(length))
            var next: Int64 = 0
            for _ in 0..<length {
                guard let step = steps.popFirst(), step < UInt64(AggregateBlock.maximumSpans),
                    next + Int64(step) < Int64(AggregateBlock.maximumSpans)
                else { throw BatchFormatError("a span out of range") }
                let from = origin + (next + Int64(step)) * width
                guard from < BatchContent.bootTimes.upperBound else { throw BatchFormatError("a time out of range") }
                list.append(from)
                next += Int64(step) + 1
            }
            lists.append(list)
        }
    }

    private mutating func readColumns(_ section: inout ByteReader, count: Int) throws(BatchFormatError) {
        let points = try section.planes(count)
        let moves = try section.planes(count)
        let forms = try section.planes(count)
        var (point, list, total) = (0, 0, 0)
        for i in 0..<count {
            guard points[i] < UInt64(BatchContent.maximumPoints - point) else {
                throw BatchFormatError("a point index out of range")
            }
            point += Int(points[i])
            let (next, overflow) = Int64(list).addingReportingOverflow(ZigZag.decode(moves[i]))
            guard !overflow, next >= 0, next < Int64(lists.count) else {
                throw BatchFormatError("no such list of spans")
            }
            list = Int(next)
            guard let form = Statistics.Form(rawValue: forms[i]) else {
                throw BatchFormatError("a form of aggregates that is not known to this version")
            }
            total += lists[list].count
            guard total <= BatchContent.maximumReadings else { throw BatchFormatError("too many aggregates") }
            columns.append((point, list, form))
        }
    }

    private func readItems(_ section: inout ByteReader) throws(BatchFormatError) -> AggregateBlock {
        let counts = try section.planes(columns.reduce(0) { $0 + lists[$1.list].count })
        var lanes: [AggregateLaneSource] = []
        for kind in AggregateLaneSource.Kind.allCases {
            let mine = columns.filter { AggregateLaneSource.Kind($0.form) == kind }
            let values = mine.reduce(0) { $0 + lists[$1.list].count }
            lanes.append(try AggregateLaneSource(&section, columns: mine.count, values: values))
        }
        var items = [Aggregate]()
        items.reserveCapacity(counts.count)
        for column in columns {
            let lane = AggregateLaneSource.Kind(column.form).rawValue
            var previous: Int64?
            for from in lists[column.list] {
                let stored = try lanes[lane].next(column.form, &previous)
                guard let count = UInt32(exactly: counts[items.count]),
                    let statistics = Statistics(stored, form: column.form, count: count)
                else { throw BatchFormatError("an aggregate that no readings give") }
                items.append(
                    Aggregate(point: column.point, from: BootTime(milliseconds: from), statistics: statistics))
            }
        }
        return AggregateBlock(width: width, origin: origin, items: items)
    }
}

/// Gives back the numbers that an `AggregateLane` took, in the same order.
struct AggregateLaneSource {
    enum Kind: Int, CaseIterable {
        case decimal, float32, float64

        init(_ form: Statistics.Form) {
            switch form {
            case .decimal: self = .decimal
            case .float32: self = .float32
            case .float64: self = .float64
            }
        }
    }

    private let firsts, differences, spans, middles: [UInt64]
    private var nextFirst = 0
    private var nextDifference = 0
    private var nextItem = 0

    init(_ section: inout ByteReader, columns: Int, values: Int) throws(BatchFormatError) {
        firsts = try section.planes(columns)
        differences = try section.planes(values - columns)
        spans = try section.planes(values)
        middles = try section.planes(values)
    }

    /// - Parameter previous: the smallest value of the span before in this column; nil: none.
    mutating func next(
        _ form: Statistics.Form, _ previous: inout Int64?
    ) throws(BatchFormatError) -> Statistics.Stored {
        let (span, middle) = (spans[nextItem], middles[nextItem])
        nextItem += 1
        let number: UInt64
        if previous == nil {
            number = firsts[nextFirst]
            nextFirst += 1
        } else {
            number = differences[nextDifference]
            nextDifference += 1
        }
        if case .decimal = form {
            let low = previous.map { $0 &+ ZigZag.decode(number) } ?? ZigZag.decode(number)
            previous = low
            return .decimal(low: low, span: span, excess: middle)
        }
        let tooWide = BatchFormatError("a float32 of more than 32 bits")
        let low: Int64
        if let previous {
            guard let sum = form.sum(previous, number) else { throw tooWide }
            low = sum
        } else if form == .float32 {
            guard let narrow = UInt32(exactly: number) else { throw tooWide }
            low = Int64(Int32(bitPattern: narrow))
        } else {
            low = Int64(bitPattern: number)
        }
        guard let high = form.sum(low, span), let mean = form.sum(low, middle) else { throw tooWide }
        previous = low
        return .floats(
            low: form.value(ofBits: low), mean: form.value(ofBits: mean), high: form.value(ofBits: high))
    }
}
