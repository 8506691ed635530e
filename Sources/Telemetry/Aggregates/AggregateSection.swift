internal import GatewayModel

/// The aggregates section of a body (README.md, "Aggregates"): a column per point, one list of spans for all columns
/// that share it, then the numbers by kind.
struct AggregateSection {
    private struct Column {
        var point: PointIndex
        /// Places in `items`.
        var rows: Range<Int>
        /// Place in `lists`.
        var list = 0
    }

    private let block: AggregateBlock
    private let items: [Aggregate]
    private var columns: [Column] = []
    private var lists: [[Int64]] = []

    static func write(_ block: AggregateBlock, base: Int64, to out: inout PlaneWriter) {
        AggregateSection(block).write(base: base, to: &out)
    }

    private init(_ block: AggregateBlock) {
        self.block = block
        var ordered = block
        ordered.items.sort { ($0.point, $0.from) < ($1.point, $1.from) }
        items = ordered.unified().items
        splitIntoColumns()
        shareLists()
    }

    private mutating func splitIntoColumns() {
        var start = 0
        for row in items.indices.dropFirst() {
            let (last, next) = (items[row - 1], items[row])
            let goesOn = last.point == next.point && last.from < next.from
            if !goesOn || last.statistics.form != next.statistics.form {
                columns.append(Column(point: last.point, rows: start..<row))
                start = row
            }
        }
        if let last = items.last { columns.append(Column(point: last.point, rows: start..<items.count)) }
    }

    private mutating func shareLists() {
        var known: [[Int64]: Int] = [:]
        for i in columns.indices {
            let list = items[columns[i].rows].map { ($0.from.milliseconds - block.origin) / block.width }
            columns[i].list = known[list] ?? lists.count
            if columns[i].list == lists.count {
                known[list] = lists.count
                lists.append(list)
            }
        }
    }

    private func write(base: Int64, to out: inout PlaneWriter) {
        var section = PlaneWriter()
        section.append(varint: UInt64(block.width))
        section.append(signed: block.origin - base)
        section.append(varint: columns.count)
        section.append(varint: lists.count)
        section.append(planes: lists.map { UInt64($0.count) })
        section.append(
            planes: lists.flatMap { list in
                list.indices.map { UInt64(list[$0] - ($0 == 0 ? 0 : list[$0 - 1] + 1)) }
            })
        writeColumns(to: &section)
        section.append(planes: items.map { UInt64($0.statistics.count) })
        writeDecimals(to: &section)
        writeFloats(.float32, to: &section)
        writeFloats(.float64, to: &section)
        out.append(section: section)
    }

    private func writeColumns(to out: inout PlaneWriter) {
        var points = [UInt64]()
        var moves = [UInt64]()
        var (point, list) = (0, 0)
        for column in columns {
            points.append(UInt64(column.point - point))
            moves.append(ZigZag.encode(Int64(column.list - list)))
            (point, list) = (column.point, column.list)
        }
        out.append(planes: points)
        out.append(planes: moves)
        out.append(planes: columns.map { items[$0.rows.lowerBound].statistics.form.rawValue })
    }

    private func writeDecimals(to out: inout PlaneWriter) {
        var lane = AggregateLane()
        for column in columns {
            var previous: Int64?
            for row in column.rows {
                guard case .decimal(let low, let span, let excess) = items[row].statistics.stored else { continue }
                lane.append(
                    low: previous.map { ZigZag.encode(low &- $0) } ?? ZigZag.encode(low), isFirst: previous == nil)
                lane.spans.append(span)
                lane.middles.append(excess)
                previous = low
            }
        }
        lane.write(to: &out)
    }

    private func writeFloats(_ form: Statistics.Form, to out: inout PlaneWriter) {
        var lane = AggregateLane()
        for column in columns where items[column.rows.lowerBound].statistics.form == form {
            var previous: Int64?
            for row in column.rows {
                guard case .floats(let low, let mean, let high) = items[row].statistics.stored else { continue }
                let bits = form.bits(of: low)
                let first = form == .float32 ? UInt64(UInt32(truncatingIfNeeded: bits)) : UInt64(bitPattern: bits)
                lane.append(low: previous.map { form.difference(bits, $0) } ?? first, isFirst: previous == nil)
                lane.spans.append(form.difference(form.bits(of: high), bits))
                lane.middles.append(form.difference(form.bits(of: mean), bits))
                previous = bits
            }
        }
        lane.write(to: &out)
    }
}

/// The numbers of all columns of one kind.
struct AggregateLane {
    private var firsts: [UInt64] = []
    private var differences: [UInt64] = []
    var spans: [UInt64] = []
    var middles: [UInt64] = []

    mutating func append(low: UInt64, isFirst: Bool) {
        if isFirst { firsts.append(low) } else { differences.append(low) }
    }

    func write(to out: inout PlaneWriter) {
        for plane in [firsts, differences, spans, middles] { out.append(planes: plane) }
    }
}

extension Statistics.Form {
    /// Part of the batch format.
    var rawValue: UInt64 {
        switch self {
        case .decimal(let places): UInt64(places)
        case .float32: 16
        case .float64: 17
        }
    }

    init?(rawValue: UInt64) {
        switch rawValue {
        case 0...9: self = .decimal(places: UInt8(rawValue))
        case 16: self = .float32
        case 17: self = .float64
        default: return nil
        }
    }

    /// The bit pattern as a signed number, of 32 or 64 bits; only for floats.
    func bits(of value: Double) -> Int64 {
        self == .float32 ? Int64(Int32(bitPattern: Float(value).bitPattern)) : Int64(bitPattern: value.bitPattern)
    }

    func value(ofBits bits: Int64) -> Double {
        self == .float32
            ? Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
            : Double(bitPattern: UInt64(bitPattern: bits))
    }

    /// A zigzag of 32 or 64 bits.
    func difference(_ a: Int64, _ b: Int64) -> UInt64 {
        self == .float32
            ? UInt64(ZigZag.encode32(Int32(truncatingIfNeeded: a) &- Int32(truncatingIfNeeded: b)))
            : ZigZag.encode(a &- b)
    }

    /// nil: more than 32 bits for a float32.
    func sum(_ a: Int64, _ difference: UInt64) -> Int64? {
        guard self == .float32 else { return a &+ ZigZag.decode(difference) }
        guard let narrow = UInt32(exactly: difference) else { return nil }
        return Int64(Int32(truncatingIfNeeded: a) &+ ZigZag.decode32(narrow))
    }
}

extension AggregateBlock {
    /// The same with one form per point wherever that loses nothing, as a batch stores it: decimals at the most places
    /// that one of them needs, or all of them as floats.
    func unified() -> AggregateBlock {
        var result = self
        var start = 0
        while start < items.count {
            let end = items[start...].firstIndex { $0.point != items[start].point } ?? items.count
            result.unify(start..<end)
            start = end
        }
        return result
    }

    private mutating func unify(_ rows: Range<Int>) {
        var most: UInt8? = 0
        for row in rows {
            if case .decimal(let places) = items[row].statistics.form, items[row].statistics.stored != nil {
                most = most.map { max($0, places) }
            } else {
                most = nil
            }
        }
        if let most {
            let same = rows.map { items[$0].statistics.at(places: most) }
            if same.allSatisfy({ $0?.stored != nil }) {
                for (row, statistics) in zip(rows, same) { if let statistics { items[row].statistics = statistics } }
                return
            }
        }
        for row in rows { items[row].statistics = items[row].statistics.becomingFloat() }
    }
}
