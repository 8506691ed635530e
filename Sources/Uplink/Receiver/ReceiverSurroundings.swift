/// What a receiver's loop needs of the world, so that a simulation can be one: the network, and other threads.
package struct ReceiverSurroundings: Sendable {
    /// A client for one connection.
    package var makeClient: @Sendable (MQTTSettings) throws(MQTTProblem) -> any BrokerClient
    /// Looks a host's addresses up and calls back once, on any thread.
    package var lookUp: @Sendable (String, @escaping @Sendable (Result<[ResolvedAddress], MQTTProblem>) -> Void) -> Void
    /// Runs a question to the store elsewhere, so that the connection is served meanwhile.
    package var errand: @Sendable (@escaping @Sendable () async -> Void) -> Void

    package init(
        makeClient: @escaping @Sendable (MQTTSettings) throws(MQTTProblem) -> any BrokerClient,
        lookUp:
            @escaping @Sendable (
                String, @escaping @Sendable (Result<[ResolvedAddress], MQTTProblem>) -> Void
            ) -> Void,
        errand: @escaping @Sendable (@escaping @Sendable () async -> Void) -> Void
    ) {
        self.makeClient = makeClient
        self.lookUp = lookUp
        self.errand = errand
    }

    /// libmosquitto, getaddrinfo, tasks.
    static let real = ReceiverSurroundings(
        makeClient: { settings throws(MQTTProblem) in try MosquittoClient(settings) },
        lookUp: { host, done in NameLookup.start(host: host, done: done) },
        errand: { body in Task.detached { await body() } })
}
