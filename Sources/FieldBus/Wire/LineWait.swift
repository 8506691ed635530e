internal import CLinux
internal import GatewayModel
internal import Glibc
internal import ThreadExecutor

/// How a bus thread waits: for a descriptor, or for a moment, but never longer than until it is told to stop.
struct LineWait {
    enum Ending { case ready, timedOut, stopped, hungUp }

    private let wakeUp: WakeUp
    private let clock = SystemTime()

    init(wakeUp: WakeUp) { self.wakeUp = wakeUp }

    var now: BootTime { clock.bootTime() }

    /// Until `descriptor` can be read (or written), or `limit`.
    func wait(for descriptor: CInt, toWrite: Bool = false, until limit: BootTime) -> Ending {
        let events = Int16(toWrite ? POLLOUT : POLLIN)
        while true {
            var ready: Int16 = 0
            var woken: Int16 = 0
            let left = max(0, limit - now)
            let count = CLinux_poll_two(
                descriptor, events, wakeUp.descriptor, Int16(POLLIN), left, &ready, &woken)
            if count < 0, errno == EINTR { continue }
            if woken != 0 { return .stopped }
            if ready & events != 0 { return .ready }
            if ready != 0 { return .hungUp }
            if count <= 0, now >= limit { return .timedOut }
        }
    }

    /// Until `moment`; false: told to stop.
    func sleep(until moment: BootTime) -> Bool {
        while true {
            let left = moment - now
            guard left > 0 else { return true }
            var woken: Int16 = 0
            _ = CLinux_poll_one(wakeUp.descriptor, Int16(POLLIN), left, &woken)
            if woken != 0 { return false }
        }
    }

    /// Until `moment`, hardly later. False: told to stop.
    func sleepExactly(until moment: BootTime, lead: inout WakeLead) -> Bool {
        let alarm = moment - lead.value
        guard alarm > now else { return sleep(until: moment) }
        guard sleep(until: alarm) else { return false }
        var time = now
        lead.record(time - alarm)
        while time < moment { time = now }
        return true
    }
}
