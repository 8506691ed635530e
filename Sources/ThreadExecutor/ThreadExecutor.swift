internal import CLinux
internal import Glibc

/// A thread of its own as an actor's executor, so that the actor's C calls may block without holding a thread of the
/// cooperative pool (which is only as wide as the CPU count; measured: one blocking call on a one-core board stalls
/// everything).
///
/// The actor must keep a strong reference: the runtime holds executors unowned. The thread starts with the first job.
package final class ThreadExecutor: SerialExecutor, @unchecked Sendable {
    // @unchecked: everything below `mutex` is touched only with it held.

    /// For logs and for the kernel's thread list, which shows the first 15 bytes.
    package let name: String
    private let stackSize: Int
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let wake: UnsafeMutablePointer<pthread_cond_t>
    private var jobs: [UnownedJob] = []
    private var thread: pthread_t?
    private var stopping = false

    /// - Parameter stackSize: bytes, at least 64 KiB; only the touched part takes memory.
    package init(name: String, stackSize: Int = 512 << 10) {
        self.name = name
        self.stackSize = max(stackSize, 64 << 10)
        mutex = .allocate(capacity: 1)
        wake = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(wake, nil)
    }

    deinit {
        pthread_cond_destroy(wake)
        pthread_mutex_destroy(mutex)
        wake.deallocate()
        mutex.deallocate()
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        pthread_mutex_lock(mutex)
        jobs.append(job)
        if thread == nil { startThread() }
        pthread_cond_signal(wake)
        pthread_mutex_unlock(mutex)
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    /// Lets `preconditionIsolated` and `assumeIsolated` work on the actors of this thread.
    package func checkIsolated() {
        precondition(isIsolatingCurrentContext() == true, "not on the thread of \(name)")
    }

    package func isIsolatingCurrentContext() -> Bool? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard let thread else { return false }
        return pthread_equal(thread, pthread_self()) != 0
    }

    /// Runs what is queued, ends the thread and waits for it. Blocks; call it from another thread, once the actors on
    /// it have been told to stop. A job that comes later starts the thread again, so nobody who awaits hangs.
    package func shutdown() {
        pthread_mutex_lock(mutex)
        let running = thread
        stopping = running != nil
        pthread_cond_signal(wake)
        pthread_mutex_unlock(mutex)
        if let running { pthread_join(running, nil) }
    }

    /// Called with the mutex held, so the thread cannot look at `thread` before it is stored.
    private func startThread() {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, stackSize)
        defer { pthread_attr_destroy(&attributes) }
        stopping = false
        var handle = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let result = pthread_create(&handle, &attributes, threadMain, context)
        if result == 0 {
            thread = handle
        } else {
            // No thread to be had (EAGAIN): the job stays queued and the next one tries again.
            Unmanaged<ThreadExecutor>.fromOpaque(context).release()
        }
    }

    fileprivate func runUntilStopped() {
        CLinux_set_thread_name(name)
        while true {
            pthread_mutex_lock(mutex)
            while jobs.isEmpty && !stopping { pthread_cond_wait(wake, mutex) }
            let batch = jobs
            jobs.removeAll(keepingCapacity: true)
            if batch.isEmpty { thread = nil }
            pthread_mutex_unlock(mutex)
            if batch.isEmpty { return }
            for job in batch { job.runSynchronously(on: asUnownedSerialExecutor()) }
        }
    }
}

private func threadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<ThreadExecutor>.fromOpaque(context).takeRetainedValue().runUntilStopped()
    return nil
}
