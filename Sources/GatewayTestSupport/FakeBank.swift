internal import CLinux
package import DigitalIO
package import GatewayModel
internal import Glibc
internal import Synchronization

/// A GPIO chip in memory: levels and edges as a test says, and a chip that can be pulled out.
package final class FakeBank: LineBank {
    package struct Line {
        package var level = false
        package var edges: [LineEdge] = []
        package var request: LineRequest?
        package var requests = 0
        /// What it was driven to, in order.
        package var driven: [Bool] = []
        fileprivate var descriptor: CInt = -1
    }

    fileprivate struct State {
        var lines: [LineAddress: Line] = [:]
        var failure: String?
    }

    fileprivate let state = Mutex(State())
    /// As version 2 of libgpiod: debounced by the kernel, and numbered.
    package let isDebounced: Bool
    package let hasInterrupts: Bool

    package init(isDebounced: Bool = true, hasInterrupts: Bool = true) {
        self.isDebounced = isDebounced
        self.hasInterrupts = hasInterrupts
    }

    package func request(_ request: LineRequest) throws(LineFailure) -> any HeldLine {
        let failure = state.withLock { state in
            if state.failure == nil {
                state.lines[request.line.address, default: Line()].request = request
                state.lines[request.line.address]?.requests += 1
                if case .output(let value) = request.use { state.lines[request.line.address]?.driven.append(value) }
            }
            return state.failure
        }
        if let failure { throw LineFailure(failure) }
        return FakeLine(self, request.line.address)
    }

    /// Sets a level without an edge.
    package func set(_ address: LineAddress, _ level: Bool) {
        state.withLock { $0.lines[address, default: Line()].level = level }
    }

    /// The line changes, and the kernel keeps the edge.
    package func edge(_ address: LineAddress, to level: Bool, at time: BootTime, number: UInt32? = nil) {
        state.withLock { state in
            state.lines[address, default: Line()].level = level
            state.lines[address]?.edges.append(LineEdge(time: time, isActive: level, number: number))
            var one: UInt64 = 1
            if let descriptor = state.lines[address]?.descriptor, descriptor >= 0 { _ = write(descriptor, &one, 8) }
        }
    }

    /// nil: it is plugged in again.
    package func fail(_ reason: String?) {
        state.withLock { state in
            state.failure = reason
            for address in state.lines.keys { state.lines[address]?.edges = [] }
        }
    }

    package func line(_ address: LineAddress) -> Line { state.withLock { $0.lines[address] ?? Line() } }
}

private final class FakeLine: HeldLine {
    private let bank: FakeBank
    private let address: LineAddress
    /// Readable while edges wait.
    let descriptor: CInt

    init(_ bank: FakeBank, _ address: LineAddress) {
        self.bank = bank
        self.address = address
        let descriptor = bank.hasInterrupts ? CLinux_eventfd() : -1
        self.descriptor = descriptor
        bank.state.withLock { $0.lines[address, default: FakeBank.Line()].descriptor = descriptor }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    var isDebounced: Bool { bank.isDebounced }

    private func checked<T>(_ body: (inout FakeBank.Line) -> T) throws(LineFailure) -> T {
        let (value, failure) = bank.state.withLock { state in
            (body(&state.lines[address, default: FakeBank.Line()]), state.failure)
        }
        if let failure { throw LineFailure(failure) }
        return value
    }

    func level() throws(LineFailure) -> Bool { try checked { $0.level } }

    func set(_ isActive: Bool) throws(LineFailure) { try checked { $0.driven.append(isActive) } }

    func edges() throws(LineFailure) -> [LineEdge] {
        try checked { line in
            var count: UInt64 = 0
            if line.descriptor >= 0 { _ = read(line.descriptor, &count, 8) }
            defer { line.edges = [] }
            return line.edges
        }
    }

    func release() {
        bank.state.withLock { state in
            state.lines[address]?.request = nil
            state.lines[address]?.descriptor = -1
        }
    }
}
