internal import GatewayModel
internal import Logging

extension ReceiverLoop {
    /// One try to reach the broker: its addresses in turn.
    struct Attempt {
        var remaining: ArraySlice<ResolvedAddress>
        var deadline: BootTime
        /// The TCP connection stands; the greeting is awaited.
        var established = false
    }

    /// Connections closed in order by the broker soon after it took them, in a row, that make another client with the same id
    /// likely: not every broker says so (mosquitto 2.0.11 only closes, measured).
    static var suspiciousLives: Int { 5 }

    var isEstablishing: Bool {
        if case .connecting(let attempt) = link { !attempt.established } else { false }
    }

    func lookUp() {
        link = .lookingUp
        lookupDue = setup.time.bootTime() + setup.timing.connect
        // The thread of an earlier lookup may still hang in it: its answer will do.
        guard !lookupIsRunning else { return }
        lookupIsRunning = true
        setup.surroundings.lookUp(setup.configuration.mqtt.host) { [mailbox] in mailbox.post(.lookedUp($0)) }
    }

    func lookedUp(_ result: Result<[ResolvedAddress], MQTTProblem>) {
        lookupIsRunning = false
        guard case .lookingUp = link else { return }
        switch result {
        case .failure(let problem): lose(problem)
        case .success(let addresses): connect(to: addresses[...], before: nil)
        }
    }

    /// getaddrinfo(3) cannot be interrupted and may take a minute; nothing waits for it but this connection.
    func advanceLookup(_ now: BootTime) {
        guard now >= lookupDue else { return }
        report(
            MQTTProblem(
                .unreachable, "the name server does not say where \(setup.configuration.mqtt.host) is",
                remedy: "check the network and the name server, or give the broker's address as mqtt.host"), now)
    }

    /// Tries the addresses in order until a connection is under way.
    private func connect(to addresses: ArraySlice<ResolvedAddress>, before: MQTTProblem?) {
        var (addresses, problem) = (addresses, before)
        while let address = addresses.popFirst() {
            do throws(MQTTProblem) {
                client = nil
                tlsFiles = setup.configuration.mqtt.tls.map(TLSFiles.init)
                let client = try setup.surroundings.makeClient(try settings())
                try client.connect(
                    address: address.text, port: setup.configuration.mqtt.port,
                    keepAlive: CInt(clamping: setup.timing.keepAlive / .seconds(1)))
                self.client = client
                let deadline = setup.time.bootTime() + setup.timing.connect
                link = .connecting(Attempt(remaining: addresses, deadline: deadline))
                return
            } catch {
                // The first address is the one the administrator thinks of.
                problem = problem ?? error
                if error.kind == .configuration { break }
            }
        }
        lose(problem ?? .noAnswer)
    }

    private func settings() throws(MQTTProblem) -> MQTTSettings {
        let mqtt = setup.configuration.mqtt
        let will = MQTTSettings.Message(
            topic: topics.status, payload: statusPayload(state: "offline", reason: "connection lost"))
        return MQTTSettings(
            clientID: mqtt.clientID ?? setup.gatewayID, version: mqtt.version, username: mqtt.username,
            password: try mqtt.passwordFile.map { path throws(MQTTProblem) in try PasswordFile.read(path) },
            tls: mqtt.tls, host: mqtt.host, certificateTime: setup.certificateTime(),
            keepAlive: CInt(clamping: setup.timing.keepAlive / .seconds(1)), will: will,
            // Room for meta, status and dictionaries beside the batches.
            window: min(setup.limits.window, 256) + 8)
    }

    /// The socket can be read or written: either the TCP connection stands, or it failed.
    func socketIsReady() {
        guard case .connecting(var attempt) = link, !attempt.established, let client else { return }
        let failure = client.connectError
        guard failure == 0 else { return tryNextAddress(MQTTProblem(errorNumber: failure)) }
        attempt.established = true
        attempt.deadline = setup.time.bootTime() + setup.timing.greeting
        link = .connecting(attempt)
    }

    func advanceAttempt(_ now: BootTime) {
        guard case .connecting(let attempt) = link, now >= attempt.deadline else { return }
        if attempt.established { lose(.slow) } else { tryNextAddress(.noAnswer) }
    }

    /// The TCP connection failed: another address may do.
    func tryNextAddress(_ problem: MQTTProblem) {
        guard case .connecting(let attempt) = link else { return lose(problem) }
        client = nil
        connect(to: attempt.remaining, before: problem)
    }

    /// The connection, or the try, is over; another follows after a wait.
    func lose(_ problem: MQTTProblem) {
        let now = setup.time.bootTime()
        let ownCertificateProblem = client?.ownCertificateProblem
        client = nil
        var problem = problem
        if case .connecting(let attempt) = link, !attempt.established, !attempt.remaining.isEmpty {
            return connect(to: attempt.remaining, before: problem)
        }
        if case .connecting(let attempt) = link, attempt.established, let tls = setup.configuration.mqtt.tls,
            [.reset, .closedByBroker, .failedTLS].contains(problem)
        {
            problem = ownCertificateProblem ?? .brokenOff(hasCertificate: tls.certificate != nil)
        }
        if case .connected(let session) = link {
            endSession(session, now)
            let isShort = now - session.began < setup.timing.stable
            if problem == .closedByBroker, let refusal = pause.current {
                // mosquitto 2.0.11 closes the connection after a PUBACK with 0x87 (measured).
                problem = refusal.problem
            } else {
                shortLives = problem == .closedByBroker && isShort ? shortLives + 1 : 0
                // A broker that had gone away would refuse connections in between.
                if shortLives >= Self.suspiciousLives { problem = .probablyTakenOver }
            }
        } else {
            shortLives = 0
        }
        if problem.kind == .refusedPort { brokerMayHaveForgotten = true }
        var wait = reconnect.next(limit: longestWait(problem, now))
        if problem.kind == .takenOver { wait = max(wait, setup.timing.takenOver) }
        link = .waiting(until: now + wait)
        report(problem, now)
    }

    /// Where the host answers that nobody listens on the port, a try costs next to nothing, and the broker is probably
    /// being restarted: soon again, but never sooner than after a hundredth of the outage.
    private func longestWait(_ problem: MQTTProblem, _ now: BootTime) -> Nanoseconds {
        guard problem.kind == .refusedPort else { return setup.timing.reconnectMost }
        return min(setup.timing.reconnectMost, max(setup.timing.refusedMost, (now - (lastEnd ?? began)) / 100))
    }

    /// Remembers what is wrong; logged when it changes.
    func report(_ new: MQTTProblem?, _ now: BootTime) {
        guard new != problem else { return }
        problem = new
        status.problem = new?.text
        status.remedy = new?.remedy
        status.problemSince = new == nil ? nil : now
        if let new { setup.logger.warning("\(new.text)", metadata: ["remedy": "\(new.remedy)"]) }
    }
}
