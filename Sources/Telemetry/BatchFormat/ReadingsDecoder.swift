internal import GatewayModel

/// Reads the readings section of foreign bytes.
struct ReadingsDecoder {
    private var lists: [[BootTime]] = []
    private var columns: [(point: PointIndex, list: Int, form: ColumnForm)] = []
    private var qualities: [Quality] = []

    static func read(_ section: inout ByteReader, base: Int64) throws(BatchFormatError) -> [Reading] {
        var decoder = ReadingsDecoder()
        let columns = try section.count(limit: BatchContent.maximumReadings)
        let vectors = try section.count(limit: columns)
        guard columns > 0, vectors > 0 else { throw BatchFormatError("readings without columns") }
        try decoder.readTimes(&section, vectors: vectors, base: base)
        try decoder.readColumns(&section, count: columns)
        try decoder.readQualities(&section)
        return try decoder.readSamples(&section)
    }

    private mutating func readTimes(
        _ section: inout ByteReader, vectors: Int, base: Int64
    ) throws(BatchFormatError) {
        let lengths = try section.planes(vectors)
        var total = 0
        for length in lengths {
            guard length > 0, length <= UInt64(BatchContent.maximumReadings - total) else {
                throw BatchFormatError("too many times")
            }
            total += Int(length)
        }
        let references = try section.planes(total)
        var indices = [Int]()
        indices.reserveCapacity(total)
        var (known, previous) = (0, -1)
        for reference in references {
            let (index, overflow) = Int64(previous + 1).addingReportingOverflow(ZigZag.decode(reference))
            guard !overflow, index >= 0, index <= Int64(known) else {
                throw BatchFormatError("a time before it was said")
            }
            if index == Int64(known) { known += 1 }
            previous = Int(index)
            indices.append(previous)
        }
        let residuals = try section.planes(known)
        var times = [Int64]()
        times.reserveCapacity(known)
        var predictor = TimePredictor()
        var at = 0
        for length in lengths {
            predictor.beginVector()
            var list = [BootTime]()
            list.reserveCapacity(Int(length))
            for index in indices[at..<(at + Int(length))] {
                if index == times.count {
                    let (time, overflow) = predictor.prediction.addingReportingOverflow(ZigZag.decode(residuals[index]))
                    guard !overflow else { throw BatchFormatError("a time out of range") }
                    times.append(time)
                }
                predictor.advance(to: times[index])
                let (time, overflow) = base.addingReportingOverflow(times[index])
                guard !overflow, BatchContent.bootTimes.contains(time) else {
                    throw BatchFormatError("a time out of range")
                }
                list.append(BootTime(milliseconds: time))
            }
            lists.append(list)
            at += Int(length)
        }
    }

    private mutating func readColumns(_ section: inout ByteReader, count: Int) throws(BatchFormatError) {
        let points = try section.planes(count)
        let vectors = try section.planes(count)
        let forms = try section.planes(count)
        var (point, list, total) = (0, 0, 0)
        columns.reserveCapacity(count)
        for i in 0..<count {
            guard points[i] < UInt64(BatchContent.maximumPoints - point) else {
                throw BatchFormatError("a point index out of range")
            }
            point += Int(points[i])
            let (next, overflow) = Int64(list).addingReportingOverflow(ZigZag.decode(vectors[i]))
            guard !overflow, next >= 0, next < Int64(lists.count) else {
                throw BatchFormatError("no such list of times")
            }
            list = Int(next)
            guard let form = ColumnForm(rawValue: forms[i]) else {
                throw BatchFormatError("a column form that is not known to this version")
            }
            total += lists[list].count
            guard total <= BatchContent.maximumReadings else { throw BatchFormatError("too many readings") }
            columns.append((point, list, form))
        }
        qualities.reserveCapacity(total)
    }

    private mutating func readQualities(_ section: inout ByteReader) throws(BatchFormatError) {
        let total = columns.reduce(0) { $0 + lists[$1.list].count }
        let runs = try section.count(limit: total)
        let values = try section.planes(runs)
        let lengths = try section.planes(runs)
        for (value, length) in zip(values, lengths) {
            guard let raw = UInt8(exactly: value), let quality = Quality(rawValue: raw) else {
                throw BatchFormatError("a quality that is not known to this version")
            }
            guard length > 0, length <= UInt64(total - qualities.count) else {
                throw BatchFormatError("more qualities than readings")
            }
            qualities.append(contentsOf: repeatElement(quality, count: Int(length)))
        }
        guard qualities.count == total else { throw BatchFormatError("fewer qualities than readings") }
    }

    private func readSamples(_ section: inout ByteReader) throws(BatchFormatError) -> [Reading] {
        var lanes = SampleLaneCounts()
        var row = 0
        for column in columns {
            let rows = row..<(row + lists[column.list].count)
            lanes.count(column.form, values: qualities[rows].count(where: \.carriesValue))
            row = rows.upperBound
        }
        var source = try SampleSource(&section, counts: lanes)
        var readings = [Reading]()
        readings.reserveCapacity(qualities.count)
        row = 0
        for column in columns {
            source.beginColumn(column.form)
            for time in lists[column.list] {
                let quality = qualities[row]
                readings.append(
                    Reading(
                        point: column.point, time: time, quality: quality,
                        sample: quality.carriesValue ? try source.next() : nil))
                row += 1
            }
        }
        return readings
    }
}
