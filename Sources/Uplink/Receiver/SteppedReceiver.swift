package import GatewayModel
package import Logging
package import ThreadExecutor

/// The same loop as behind a ``Receiver``, moved by hand: for a simulation that has its own time and its own network.
/// Not for use from several tasks at once.
package struct SteppedReceiver: Sendable {
    private let loop: ReceiverLoop
    private let mailbox: Mailbox

    /// - Parameter executor: the thread that the simulation itself runs on, so that a step switches no thread.
    package init(
        configuration: UplinkConfiguration, index: ReceiverIndex, gatewayID: String, source: any BatchSource,
        meta: @escaping @Sendable () -> [UInt8], logger: Logger, time: any TimeSource, timing: ReceiverTiming = .init(),
        limits: ReceiverLimits = .init(), seed: UInt64, surroundings: ReceiverSurroundings, executor: ThreadExecutor
    ) {
        mailbox = Mailbox(limits: limits)
        let setup = ReceiverLoop.Setup(
            configuration: configuration, index: index, gatewayID: gatewayID, source: source,
            renderer: configuration.renderer, certificateTime: { time.realTime() }, meta: meta, health: { [] },
            logger: logger, time: time, timing: timing,
            limits: limits, seed: seed, surroundings: surroundings)
        loop = ReceiverLoop(setup: setup, mailbox: mailbox, executor: executor)
    }

    /// Told by the store, on its thread.
    package func notify(_ batch: StoredBatch) { mailbox.arrived(batch) }

    /// Asks for the good-bye; ``step()`` goes on until it returns nil.
    package func stop(by deadline: BootTime) { mailbox.stop(by: deadline) }

    /// One round of the loop: reads the mail, acts, and hears what the connection has to say.
    ///
    /// - Returns: how it is doing, and the moment at which it has to come round again if nothing happens before; nil
    ///   after the stop.
    package func step() async -> (status: ReceiverStatus, next: BootTime?) { await loop.step() }
}
