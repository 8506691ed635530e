import GatewayModel
import Telemetry

@testable import Storage

/// What a store has promised to a test, and how much of it was found after a fault.
struct StoreLedger {
    let receivers: Int
    /// Batches that an append has returned, or that were found although their append never returned.
    private(set) var stored: [UInt64: StoredBatch] = [:]
    private(set) var acknowledged: [Set<UInt64>]
    private(set) var last: UInt64 = 0
    /// Bodies of the append that a fault interrupted: there as a whole, or not at all.
    private var interrupted: [[UInt8]] = []
    /// Values that each key of the state file may have: the one that was confirmed, or one that was being written.
    private var state: [String: [[UInt8]?]] = [:]

    /// Readings' batches that were promised and are gone, that are other bytes, and that go out again.
    private(set) var lost = 0
    private(set) var changed = 0
    private(set) var duplicates = 0
    private(set) var wrongState = 0

    init(receivers: Int) {
        self.receivers = receivers
        acknowledged = Array(repeating: [], count: receivers)
    }

    mutating func willAppend(_ batches: [SealedBatch]) { interrupted = batches.map(\.body) }

    mutating func appended(_ batches: [StoredBatch]) {
        interrupted = []
        for batch in batches { note(batch) }
    }

    mutating func acknowledge(_ keys: [BatchKey], by receiver: ReceiverIndex) {
        acknowledged[receiver].formUnion(keys.map(\.sequence))
    }

    mutating func willSet(_ key: String, _ value: [UInt8]?) { state[key, default: [nil]].append(value) }
    mutating func confirmed(_ key: String, _ value: [UInt8]?) { state[key] = [value] }

    private mutating func note(_ batch: StoredBatch) {
        stored[batch.key.sequence] = batch
        last = max(last, batch.key.sequence)
    }

    private func isNeeded(_ sequence: UInt64) -> Bool { acknowledged.contains { !$0.contains(sequence) } }

    /// Compares an open store on a sound disk with what was promised. Returns what is wrong.
    mutating func check(_ outbox: Outbox, _ report: OpenReport) async -> [String] {
        var problems: [String] = []
        if let aside = report.setAside { problems.append("set aside: \(aside.reason)") }
        if report.missing > 0 { problems.append("\(report.missing) numbers were skipped") }
        let found = report.last?.sequence ?? 0
        if found == last + UInt64(interrupted.count) {
            for body in interrupted {
                guard let batch = await outbox.stored(last + 1), batch.body == body else {
                    problems.append("batch \(last + 1) is not the one that was being stored")
                    break
                }
                note(batch.batch)
            }
        } else if found != last {
            problems.append("the last number is \(found), expected \(last) or \(last + UInt64(interrupted.count))")
        }
        interrupted = []
        problems += await compare(with: outbox)
        // What lies below needs no further look.
        let oldest = await outbox.oldestStored ?? (last + 1)
        stored = stored.filter { $0.key >= oldest }
        return problems
    }

    private mutating func compare(with outbox: Outbox) async -> [String] {
        var problems: [String] = []
        var missing: [UInt64] = []
        for (sequence, batch) in stored.sorted(by: { $0.key < $1.key }) {
            let found = await outbox.stored(sequence)?.batch
            if let found, found != batch {
                changed += 1
                problems.append("batch \(sequence) is other bytes now")
            } else if found == nil, isNeeded(sequence) {
                missing.append(sequence)
            }
        }
        // Evicted ones are the oldest, and counted.
        let evicted = Int(clamping: outbox.status.evicted)
        if missing.count > evicted {
            lost += missing.count - evicted
            problems.append("batches \(missing.suffix(missing.count - evicted)) are gone")
        }
        for receiver in 0..<receivers {
            let again = Set(await outbox.waiting(receiver)).intersection(acknowledged[receiver])
            duplicates += again.count
            // It has them again now.
            acknowledged[receiver].subtract(again)
        }
        return problems
    }

    mutating func check(_ store: StateStore) async -> [String] {
        var problems: [String] = []
        for (key, values) in state {
            let found = await store.value(key, in: "test")
            if !values.contains(found) {
                wrongState += 1
                problems.append("state \(key) is \(found?.count ?? -1) bytes that it never was")
            }
            state[key] = [found]
        }
        return problems
    }
}

extension Outbox {
    /// What lies in the file under a number.
    func stored(_ sequence: UInt64) -> (batch: StoredBatch, body: [UInt8])? {
        guard let found = (try? file?.envelope(of: sequence)).flatMap({ $0 }) else { return nil }
        let batch = StoredBatch(key: found.0.key, dictionary: found.0.batch.dictionary, bytes: found.bytes)
        return (batch, found.0.batch.body)
    }

    var oldestStored: UInt64? { index.stored.first }
}
