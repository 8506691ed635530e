internal import CSQLite
internal import Foundation
internal import Synchronization

/// A disk that fails on demand and can lose its power, for the files of one directory: what ``FaultyVFS`` asks before
/// every call of SQLite's.
package final class FaultyDisk: Sendable {
    package static let vfsName = "faulty"
    package static let writeError = DiskOperation.write.errorCode
    package static let syncError = DiskOperation.sync.errorCode

    package enum Fault: Hashable, Sendable {
        case none
        /// The n-th operation of whatever kind from now on (0: the next), once or from there on.
        case operation(after: Int, forEver: Bool)
        case write(after: Int, forEver: Bool, code: CInt)
        case sync(after: Int, forEver: Bool)
    }

    /// A change that may or may not have reached the medium.
    private enum Change {
        case write(offset: Int, bytes: [UInt8])
        case truncate(to: Int)
    }

    private struct State {
        var fault = Fault.none
        /// In place of each kind's own error, for the faults of `operation`.
        var code: CInt?
        var isLying = false
        var databaseFails = false
        var operations: [DiskOperation] = []
        var writes = 0
        var syncs = 0
        var pause: Double = 0
        var durable: [String: [UInt8]] = [:]
        var pending: [String: [Change]] = [:]
    }

    private let state = Mutex(State())
    package let directory: String

    /// What lies in the directory already counts as durable.
    package init(directory: String) {
        self.directory = directory
        for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        where name.contains(".sqlite") {
            let path = "\(directory)/\(name)"
            guard let content = FileManager.default.contents(atPath: path) else { continue }
            state.withLock { $0.durable[path] = [UInt8](content) }
        }
        FaultyVFS.register()
        FaultyVFS.disks.withLock { $0[directory] = self }
    }

    /// Files are no longer opened on it, and it lives no longer than those that are open: until then it is kept.
    package func retire() {
        FaultyVFS.disks.withLock { if $0[directory] === self { $0[directory] = nil } }
    }

    /// - Parameter code: for `operation`: this error instead of the one that fits the operation.
    package func fail(_ fault: Fault, code: CInt? = nil) {
        state.withLock {
            $0.fault = fault
            $0.code = code
            $0.operations = []
            $0.writes = 0
            $0.syncs = 0
        }
    }

    /// Ends the fault, counting on.
    package func repair() { state.withLock { $0.fault = .none } }

    /// Whether writes to the database file itself fail, while those to its WAL work.
    package func failsDatabase(_ fails: Bool) { state.withLock { $0.databaseFails = fails } }

    /// Whether it says "synced" and does nothing.
    package func lies(_ isLying: Bool) { state.withLock { $0.isLying = isLying } }

    /// How long the next sync takes, in seconds.
    package func delayNextSync(_ seconds: Double) { state.withLock { $0.pause = seconds } }

    /// Operations of every kind since the last ``fail(_:code:)``.
    package var operations: [DiskOperation] { state.withLock { $0.operations } }
    package var writes: Int { state.withLock { $0.writes } }
    package var syncs: Int { state.withLock { $0.syncs } }

    /// What a power cut now would leave: all that was synced, and of the rest each change whole, missing, or a write
    /// torn at a sector, whatever their order was.
    package func imageAfterPowerCut(in target: String, using generator: inout some RandomNumberGenerator) throws {
        let (durable, pending) = state.withLock { ($0.durable, $0.pending) }
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        for path in Set(durable.keys).union(pending.keys).sorted() {
            // A deleted journal stays deleted: SQLite syncs the directory.
            guard FileManager.default.fileExists(atPath: path) else { continue }
            var content = durable[path] ?? []
            for change in pending[path] ?? [] {
                switch change {
                case .write(let offset, let bytes):
                    let sectors = bytes.count / 512
                    let torn = sectors > 1 ? Int.random(in: 1..<sectors, using: &generator) * 512 : 0
                    let kept = [0, bytes.count, torn].randomElement(using: &generator) ?? 0
                    content.place(bytes.prefix(kept), at: offset)
                case .truncate(let size):
                    if Bool.random(using: &generator), content.count > size { content.removeLast(content.count - size) }
                }
            }
            let name = URL(fileURLWithPath: path).lastPathComponent
            try Data(content).write(to: URL(fileURLWithPath: "\(target)/\(name)"))
        }
    }

    /// What SQLite is to be told of an operation; `SQLITE_OK`: it may be done.
    func willDo(_ operation: DiskOperation) -> CInt { state.withLock { Self.verdict(operation, &$0) } }

    func willWrite(_ path: String, _ bytes: UnsafeRawBufferPointer, at offset: Int) -> CInt {
        state.withLock { state in
            defer { state.writes += 1 }
            if state.databaseFails, path.hasSuffix(".sqlite") { return SQLITE_FULL }
            let verdict = Self.verdict(.write, &state)
            // The write that the power fails at may have got through in part.
            if verdict == SQLITE_OK || verdict == Self.writeError {
                state.pending[path, default: []].append(.write(offset: offset, bytes: [UInt8](bytes)))
            }
            return verdict
        }
    }

    func willTruncate(_ path: String, to size: Int) -> CInt {
        state.withLock { state in
            let verdict = Self.verdict(.truncate, &state)
            if verdict == SQLITE_OK { state.pending[path, default: []].append(.truncate(to: size)) }
            return verdict
        }
    }

    func willSync(_ path: String) -> CInt {
        let (verdict, pause) = state.withLock { state in
            defer { state.syncs += 1 }
            let verdict = Self.verdict(.sync, &state)
            let pause = state.pause
            state.pause = 0
            guard verdict == SQLITE_OK, !state.isLying else { return (verdict, pause) }
            for change in state.pending[path] ?? [] {
                switch change {
                case .write(let offset, let bytes): state.durable[path, default: []].place(bytes[...], at: offset)
                case .truncate(let size):
                    let length = state.durable[path]?.count ?? 0
                    if length > size { state.durable[path]?.removeLast(length - size) }
                }
            }
            state.pending[path] = []
            return (verdict, pause)
        }
        if pause > 0 { Thread.sleep(forTimeInterval: pause) }
        return verdict
    }

    private static func verdict(_ operation: DiskOperation, _ state: inout State) -> CInt {
        let number = state.operations.count
        state.operations.append(operation)
        func hits(_ after: Int, _ forEver: Bool, at count: Int) -> Bool { count == after || (forEver && count > after) }
        switch state.fault {
        case .none: return SQLITE_OK
        case .operation(let after, let forEver):
            return hits(after, forEver, at: number) ? state.code ?? operation.errorCode : SQLITE_OK
        case .write(let after, let forEver, let code):
            return operation == .write && hits(after, forEver, at: state.writes) ? code : SQLITE_OK
        case .sync(let after, let forEver):
            return operation == .sync && hits(after, forEver, at: state.syncs) ? operation.errorCode : SQLITE_OK
        }
    }
}

extension [UInt8] {
    fileprivate mutating func place(_ bytes: ArraySlice<UInt8>, at offset: Int) {
        guard !bytes.isEmpty else { return }
        if count < offset + bytes.count { self += [UInt8](repeating: 0, count: offset + bytes.count - count) }
        replaceSubrange(offset..<(offset + bytes.count), with: bytes)
    }
}
