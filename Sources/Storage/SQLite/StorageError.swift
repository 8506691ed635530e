/// Why a store could not do what it was asked, and what the caller does next.
package struct StorageError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Recovery: Hashable, Sendable {
        /// Keep the batch in memory and try again some seconds later: the disk is full, read-only or failing, or the
        /// file is not open yet. The store repairs itself as soon as it can.
        case retryLater
        /// Give the dictionary to ``Outbox/ensureDictionary(_:json:)``, then try again: a new store was begun.
        case ensureDictionary
        /// Never try this again: the argument itself is out of bounds. Drop it and say so.
        case giveUp
    }

    package var recovery: Recovery
    /// SQLite's code, extended; `SQLITE_OK` when the refusal is the store's own.
    package var code: SQLiteCode
    /// What was being done: an SQL text, or the name of a C function.
    package var operation: String
    package var message: String

    package init(_ recovery: Recovery, code: SQLiteCode = .ok, operation: String, message: String) {
        self.recovery = recovery
        self.code = code
        self.operation = operation
        self.message = message
    }

    package var description: String {
        code == .ok ? "\(operation): \(message)" : "\(operation): \(code): \(message)"
    }
}
