/// One connection to a broker, as the loop sees it: ``MosquittoClient``, or a simulated one.
///
/// Used from one thread and thrown away when the connection ends. Nothing may be published before `.connected` has
/// come.
package protocol BrokerClient: AnyObject {
    /// Begins to connect; does not wait for the connection.
    ///
    /// - Parameter address: numeric.
    func connect(address: String, port: UInt16, keepAlive: CInt) throws(MQTTProblem)
    /// -1 when there is no connection.
    var socket: CInt { get }
    var wantsToWrite: Bool { get }
    /// Once the socket of a connection under way is ready: the errno that it failed with; 0: it stands.
    var connectError: CInt { get }
    /// This gateway's own certificate is out of its time; brokers break off without saying so.
    var ownCertificateProblem: MQTTProblem? { get }
    /// Reads, writes and keeps alive, without blocking.
    func service(readable: Bool, writable: Bool) throws(MQTTProblem)
    /// Publishes with QoS 1 and returns the message id that the PUBACK will carry.
    func publish(topic: String, payload: [UInt8], retain: Bool, lane: Lane?) throws(MQTTProblem) -> CInt
    /// Subscribes with QoS 1 and returns the message id that the SUBACK will carry.
    func subscribe(topic: String) throws(MQTTProblem) -> CInt
    /// Says good-bye, so that the broker does not publish the will.
    func disconnect()
    /// What the broker said since the last call, in order.
    func takeEvents() -> [MQTTEvent]
}

extension BrokerClient {
    package var ownCertificateProblem: MQTTProblem? { nil }
}
