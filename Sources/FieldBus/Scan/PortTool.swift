package import GatewayModel
internal import ThreadExecutor

/// A free serial port for a technician's tool: search it, or listen to it. For a program without a bus worker: all calls
/// block the thread, until the work is done or `stop` is called from another one (a signal's thread).
package final class PortTool {
    private let link: RTULink
    private let wakeUp: WakeUp
    package let format: SerialFormat

    /// Opens and locks the port; fails when somebody else has it, and says so.
    package init(path: String, format: SerialFormat) throws(LinkError) {
        wakeUp = WakeUp()
        self.format = format
        let wait = LineWait(wakeUp: wakeUp)
        do throws(TCPConnection.Failure) {
            var opener = LinkOpener(.serial(path: path, format: format), wait: wait)
            let opened = try opener.open()
            guard let link = opened as? RTULink else { throw .stopped }
            self.link = link
        } catch {
            if case .refused(let reason) = error { throw reason }
            throw LinkError(description: "\(path): not a serial port")
        }
    }

    /// Works the plan off. `tell` is called after each question.
    /// - Returns: false: it was told to stop; the plan can be resumed.
    package func scan(_ plan: inout ScanPlan, tell: (ScanPlan) -> Void) throws(LinkError) -> Bool {
        while let step = plan.next() {
            switch link.exchange(step) {
            case .stopped: return false
            case .lost(let reason): throw reason
            case .heard(let bytes, let turnaround, _):
                let found = ScanAnswer.findings(in: bytes, to: step, turnaround: turnaround)
                plan.answered(found, heard: ScanAnswer.heard(in: bytes, to: step))
            }
            tell(plan)
        }
        return true
    }

    /// Listens and sends nothing. `tell` gets each frame and each stretch of noise.
    package func sniff(seconds: Int64?, tell: (RecordedFrame) -> Void) throws(LinkError) {
        let clock = SystemTime()
        let end = seconds.map { clock.bootTime() + .seconds($0) }
        while end.map({ clock.bootTime() < $0 }) ?? true {
            switch link.listen(until: min(end ?? .distantFuture, clock.bootTime() + .seconds(1))) {
            case .stopped: return
            case .lost(let reason): throw reason
            case .nothing: continue
            case .pieces(let pieces):
                for one in pieces { tell(RecordedFrame(kind: .unasked, time: one.begin, bytes: one.piece.bytes)) }
            }
        }
    }

    package func stop() { wakeUp.signal() }
}

extension BootTime {
    fileprivate static var distantFuture: BootTime { BootTime(nanoseconds: .max) }
}
