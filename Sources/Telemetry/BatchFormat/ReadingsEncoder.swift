internal import GatewayModel

/// The readings section: a column per point, one list of times for all columns that share it.
struct ReadingsEncoder {
    private struct Column {
        var point: PointIndex
        /// Places in `order`.
        var rows: Range<Int>
        /// Place in `vectors`.
        var vector = 0
        var form = ColumnForm.integer
    }

    private let unsorted: PackedReadings
    /// Places in `unsorted`, sorted by point, otherwise in the order given.
    private let order: [Int32]
    /// Milliseconds from the base, beside `order`.
    private let times: [Int64]
    private var columns: [Column] = []
    /// Rows whose times are a list that no earlier list equals.
    private var vectors: [Range<Int>] = []

    init(_ unsorted: PackedReadings, base: Int64) {
        self.unsorted = unsorted
        order = unsorted.indices
            .map { UInt64(unsorted.point($0)) << 32 | UInt64($0) }
            .sorted()
            .map { Int32(truncatingIfNeeded: $0 & 0x7FFF_FFFF) }
        times = order.map { unsorted.time(Int($0)).milliseconds - base }
        splitIntoColumns()
        shareTimes()
        chooseForms()
    }

    private func reading(_ row: Int) -> Reading { unsorted[Int(order[row])] }
    private func point(_ row: Int) -> PointIndex { unsorted.point(Int(order[row])) }

    /// A column ends where the point changes, or the kind of its samples (which conditioning never lets happen).
    private mutating func splitIntoColumns() {
        var start = 0
        var kind: SampleKind?
        for row in order.indices {
            let next = reading(row).storedSample.map(SampleKind.init)
            if point(row) != point(start) || (kind != nil && next != nil && kind != next) {
                columns.append(Column(point: point(start), rows: start..<row, form: .init(kind)))
                start = row
                kind = nil
            }
            kind = kind ?? next
        }
        columns.append(Column(point: point(start), rows: start..<order.count, form: .init(kind)))
    }

    private mutating func shareTimes() {
        var known: [ArraySlice<Int64>: Int] = [:]
        var last: ArraySlice<Int64> = []
        var lastVector = 0
        for i in columns.indices {
            let slice = times[columns[i].rows]
            if i == 0 || slice != last {
                if let vector = known[slice] {
                    lastVector = vector
                } else {
                    lastVector = vectors.count
                    known[slice] = lastVector
                    vectors.append(columns[i].rows)
                }
                last = slice
            }
            columns[i].vector = lastVector
        }
    }

    /// Floats that are short decimals become integers: at as few places as each column needs, but not fewer than most
    /// columns use, because differing forms cost more than a digit.
    private mutating func chooseForms() {
        for wide in [false, true] {
            let floats = columns.indices.filter { columns[$0].form == (wide ? .float64 : .float32) }
            var needed: [(column: Int, places: Int)] = []
            var histogram = [Int](repeating: 0, count: ColumnForm.maximumPlaces + 1)
            for i in floats {
                guard let places = fewestPlaces(columns[i].rows) else { continue }
                needed.append((i, places))
                histogram[places] += 1
            }
            guard let usual = histogram.indices.max(by: { histogram[$0] < histogram[$1] }) else { continue }
            // A noisy float is a short decimal now and then by chance; one or two values in a row prove nothing.
            let isUsual = needed.count * 2 >= floats.count
            for (i, places) in needed where isUsual || columns[i].rows.count > 2 {
                let better = places < usual && fits(columns[i].rows, places: usual) ? usual : places
                columns[i].form = wide ? .decimal64(places: better) : .decimal32(places: better)
            }
        }
    }

    private func fewestPlaces(_ rows: Range<Int>) -> Int? {
        var places = 0
        for row in rows {
            guard let sample = reading(row).storedSample else { continue }
            while sample.digits(places: places) == nil {
                places += 1
                if places > ColumnForm.maximumPlaces { return nil }
            }
        }
        return fits(rows, places: places) ? places : nil
    }

    private func fits(_ rows: Range<Int>, places: Int) -> Bool {
        rows.allSatisfy { reading($0).storedSample.map { $0.digits(places: places) != nil } ?? true }
    }

    // MARK: - Writing

    func write(to out: inout PlaneWriter) {
        var section = PlaneWriter()
        section.append(varint: columns.count)
        section.append(varint: vectors.count)
        writeTimes(to: &section)
        writeColumns(to: &section)
        writeQualities(to: &section)
        writeSamples(to: &section)
        out.append(section: section)
    }

    private func writeTimes(to out: inout PlaneWriter) {
        out.append(planes: vectors.map { UInt64($0.count) })
        var references = [UInt64]()
        var residuals = [UInt64]()
        var coder = TimePredictor()
        var known: [Int64: Int] = [:]
        var previous = -1
        for vector in vectors {
            coder.beginVector()
            for time in times[vector] {
                let index = known[time] ?? known.count
                references.append(ZigZag.encode(Int64(index - previous - 1)))
                if index == known.count {
                    known[time] = index
                    residuals.append(ZigZag.encode(time &- coder.prediction))
                }
                coder.advance(to: time)
                previous = index
            }
        }
        out.append(planes: references)
        out.append(planes: residuals)
    }

    private func writeColumns(to out: inout PlaneWriter) {
        var points = [UInt64]()
        var lists = [UInt64]()
        var (point, vector) = (0, 0)
        for column in columns {
            points.append(UInt64(column.point - point))
            lists.append(ZigZag.encode(Int64(column.vector - vector)))
            (point, vector) = (column.point, column.vector)
        }
        out.append(planes: points)
        out.append(planes: lists)
        out.append(planes: columns.map(\.form.rawValue))
    }

    private func writeQualities(to out: inout PlaneWriter) {
        var runs: [(quality: UInt8, length: Int)] = []
        for row in order.indices {
            let quality = reading(row).storedQuality.rawValue
            if let last = runs.last, last.quality == quality {
                runs[runs.count - 1].length += 1
            } else {
                runs.append((quality, 1))
            }
        }
        out.append(varint: runs.count)
        out.append(planes: runs.map { UInt64($0.quality) })
        out.append(planes: runs.map { UInt64($0.length) })
    }

    private func writeSamples(to out: inout PlaneWriter) {
        var lanes = SampleLanes()
        for column in columns {
            lanes.beginColumn(column.form)
            for row in column.rows {
                if let sample = reading(row).storedSample { lanes.append(sample) }
            }
        }
        lanes.write(to: &out)
    }
}

extension PlaneWriter {
    /// A section whose tag is already there, with its cuts.
    mutating func append(section: PlaneWriter) {
        append(varint: section.bytes.count)
        let offset = bytes.count
        append(section.bytes)
        for cut in section.cuts { append(cutAt: offset + cut) }
    }
}
