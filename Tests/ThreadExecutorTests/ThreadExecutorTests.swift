import Glibc
import Testing
import ThreadExecutor

/// An actor that may block: what a bus worker or the store is.
private actor Blocker {
    private let executor: ThreadExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private var calls = 0

    init(_ executor: ThreadExecutor) { self.executor = executor }

    func threadName() -> String {
        var buffer = [UInt8](repeating: 0, count: 16)
        let file = open("/proc/thread-self/comm", O_RDONLY)
        defer { close(file) }
        let count = read(file, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(count - 1, 0)), as: UTF8.self)
    }

    func add() -> Int {
        calls += 1
        return calls
    }

    /// Blocks the thread until the descriptor is readable.
    func block(until wakeUp: WakeUp) -> Bool {
        var one = pollfd(fd: wakeUp.descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&one, 1, 5_000) == 1
    }
}

@Suite struct ThreadExecutorTests {
    @Test func anActorRunsOnItsNamedThread() async {
        let executor = ThreadExecutor(name: "bus-meters")
        let actor = Blocker(executor)
        #expect(await actor.threadName() == "bus-meters")
        executor.shutdown()
    }

    @Test func callsFromManyTasksRunOneAtATime() async {
        let executor = ThreadExecutor(name: "many")
        let actor = Blocker(executor)
        let seen = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<1_000 { group.addTask { await actor.add() } }
            return await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        #expect(seen == Set(1...1_000))
        executor.shutdown()
    }

    @Test(.timeLimit(.minutes(1))) func actorsThatBlockDoNotHoldEachOtherUp() async {
        // More blocked actors than any pool of this machine is wide; each is freed only by a later one.
        let wakeUps = (0..<16).map { _ in WakeUp() }
        let executors = (0..<16).map { ThreadExecutor(name: "b\($0)") }
        let freed = await withTaskGroup(of: Bool.self) { group in
            for (executor, wakeUp) in zip(executors, wakeUps) {
                group.addTask { await Blocker(executor).block(until: wakeUp) }
            }
            for wakeUp in wakeUps.reversed() { wakeUp.signal() }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(freed == 16)
        for executor in executors { executor.shutdown() }
    }

    @Test func aCallAfterShutdownIsStillAnswered() async {
        let executor = ThreadExecutor(name: "again")
        let actor = Blocker(executor)
        #expect(await actor.add() == 1)
        executor.shutdown()
        #expect(await actor.add() == 2)
        executor.shutdown()
    }

    @Test func aClearedWakeUpIsNotReadable() {
        let wakeUp = WakeUp()
        wakeUp.signal()
        wakeUp.signal()
        wakeUp.clear()
        var one = pollfd(fd: wakeUp.descriptor, events: Int16(POLLIN), revents: 0)
        #expect(poll(&one, 1, 0) == 0)
    }
}
