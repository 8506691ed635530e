package import GatewayModel

/// Alarm events as messages of their own, on `PREFIX/GATEWAY/alarm`: each a copy of one event of a batch.
package enum AlarmJSON {
    /// The same batch always gives the same bytes. Empty: the batch holds no event.
    ///
    /// - Parameter bytes: a batch as the receiver is sent it, so that `index` counts what it sees.
    /// - Throws: not a batch.
    package static func copies(of bytes: [UInt8]) throws(BatchFormatError) -> [[UInt8]] {
        let envelope = try BatchEnvelope.decode(bytes)
        let alarms = try envelope.content().alarms
        return alarms.indices.map { index in
            var json = JSONWriter()
            json.beginObject()
            alarms[index].write(to: &json, envelope)
            if !envelope.hasTrustedClock { json.field("boot", envelope.batch.boot.hexadecimal) }
            json.field("epoch", envelope.key.epoch.text)
            json.field("sequence", envelope.key.sequence)
            json.field("index", index)
            json.endObject()
            return json.bytes
        }
    }
}

extension AlarmEvent {
    /// The fields of an event of this batch.
    func write(to json: inout JSONWriter, _ envelope: BatchEnvelope) {
        json.field("id", id)
        json.field("episode", episode)
        json.field("state", stateName)
        json.field("severity", severity.name)
        json.key("value")
        value.write(to: &json)
        if envelope.hasTrustedClock, let wall = envelope.wallMilliseconds(time) {
            json.field("time", wall)
        } else {
            json.field("boottime", time.milliseconds)
        }
    }
}

extension StoredBatch {
    /// It was sealed at once for an alarm, and goes before others.
    package var isUrgent: Bool { BatchEnvelope.isUrgent(bytes) }
}

extension [StoredBatch] {
    /// Of batches that may be sent now, those that a receiver is told of: the urgent ones and the newest. It asks for
    /// the others.
    package var worthTelling: [StoredBatch] { indices.filter { $0 == count - 1 || self[$0].isUrgent }.map { self[$0] } }
}
