internal import FieldBus
internal import GatewayModel
internal import Logging
internal import Storage

/// Keeps what the buses learn of their devices over restarts: one value a device in the state store, written when it
/// has changed.
struct LearntKeeper: Sendable {
    static let namespace = "learnt"
    /// Between two looks; what is learnt in between is lost with a power cut, and learnt again.
    static let interval = Duration.seconds(30)

    let state: StateStore
    let workers: [BusWorker]
    let devices: [DeviceConfiguration]
    let logger: Logger

    /// Hands the buses what earlier runs learnt. The state store is open; polling may have begun.
    func recall() async {
        var learnt: [String: LearntDevice] = [:]
        for device in devices {
            guard let bytes = await state.value(device.id, in: Self.namespace),
                let known = LearntDevice(text: String(decoding: bytes, as: UTF8.self)), known.fits(device)
            else { continue }
            learnt[device.id] = known
        }
        // Also when it is nothing: devices with an identity wait for it.
        for worker in workers { worker.adopt(learnt) }
        guard !learnt.isEmpty else { return }
        let gaps = learnt.values.reduce(0) { $0 + $1.gaps.count }
        logger.info("what was learnt of devices is back", metadata: ["devices": "\(learnt.count)", "gaps": "\(gaps)"])
    }

    /// Writes what is new.
    func note() async {
        let configured = Dictionary(devices.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var changes: [(key: String, value: [UInt8]?)] = []
        for status in workers.flatMap({ $0.status.devices }) {
            guard let device = configured[status.id] else { continue }
            let learnt = LearntDevice(device, status)
            guard learnt.hasAnswered || !learnt.gaps.isEmpty else { continue }
            changes.append((device.id, Array(learnt.text.utf8)))
        }
        // Unchanged values are not written by the store.
        await state.set(changes, in: Self.namespace)
    }
}
