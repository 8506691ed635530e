import GatewayModel
import SerialLine
import ThreadExecutor

@testable import FieldBus

/// One open link on a thread of its own, asked request by request: what a worker does, without a schedule.
actor TestLine {
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private let executor = ThreadExecutor(name: "test-line")
    private nonisolated let wakeUp = WakeUp()
    nonisolated let recorder = FlightRecorder()
    private let connection: BusConnection
    private var link: (any BusLink)?

    init(path: String, baud: Int = 9_600) {
        connection = .serial(path: path, format: SerialFormat(baud: baud))
    }

    init(_ connection: BusConnection) { self.connection = connection }

    func ask(
        _ unit: UInt8, _ table: RegisterTable = .holding, at address: UInt16, count: Int = 1,
        timeout: Nanoseconds = .milliseconds(1_000), patience: Nanoseconds? = nil, guardTime: Nanoseconds = 0
    ) throws -> Transaction {
        if link?.isSpent ?? true { link = nil }
        var opener = LinkOpener(connection, wait: LineWait(wakeUp: wakeUp), recorder: recorder)
        let link = try self.link ?? opener.open()
        self.link = link
        let request = ReadRequest(unit: unit, table: table, address: address, count: count)
        return link.transact(
            Asking(device: 0, request: request, timeout: timeout, patience: patience ?? timeout, guardTime: guardTime))
    }

    nonisolated func interrupt() { wakeUp.signal() }

    func close() { link = nil }

    nonisolated func end() async {
        await close()
        executor.shutdown()
    }
}
