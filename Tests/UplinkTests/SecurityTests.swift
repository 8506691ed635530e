import Foundation
import GatewayModel
import GatewayTestSupport
import Testing

@testable import Uplink

@Suite(.timeLimit(.minutes(2)), .serialized)
struct SecurityTests {
    private func tlsBroker(_ extra: [String] = []) throws -> (Broker, Certificates) {
        let broker = try Broker(
            ["allow_anonymous true", "cafile DIR/city-ca.pem", "certfile DIR/broker.pem", "keyfile DIR/broker.key"]
                + extra)
        return (broker, try Certificates(in: broker.directory))
    }

    private func subscriber(_ broker: Broker, _ certificates: Certificates) throws -> BrokerSubscriber {
        try BrokerSubscriber(
            port: broker.port,
            extra: [
                "--cafile", certificates.path("city-ca.pem"), "--cert", certificates.path("platform.pem"), "--key",
                certificates.path("platform.key"),
            ])
    }

    private func station(_ broker: Broker, _ certificates: Certificates, ca: String = "city-ca.pem", client: String?)
        -> Station
    {
        Station(port: broker.port) { mqtt in
            mqtt.tls = TLSConfiguration(
                ca: certificates.path(ca), certificate: client.map { certificates.path($0 + ".pem") },
                key: client.map { certificates.path($0 + ".key") })
        }
    }

    @Test func tlsWithAClientCertificateDelivers() async throws {
        let (broker, certificates) = try tlsBroker(["require_certificate true"])
        for name in ["broker", "gateway", "platform"] { try certificates.issue(name) }
        try broker.start()
        let platform = try subscriber(broker, certificates)
        let station = station(broker, certificates, client: "gateway")
        for _ in 0..<20 { station.seal(bytes: 5_000) }
        try await eventually("delivered") { station.hasDelivered() }
        try await eventually("arrived") { platform.batches.count == 20 }
        #expect(station.receiver.status.problem == nil)
        #expect(await station.receiver.stop(within: .seconds(5)))
    }

    @Test func aHostByNameIsCheckedAgainstTheCertificate() async throws {
        let (broker, certificates) = try tlsBroker()
        try certificates.issue("broker", names: "DNS:localhost")
        try certificates.issue("platform")
        try broker.start()
        let station = Station(port: broker.port) { mqtt in
            mqtt.host = "localhost"
            mqtt.tls = TLSConfiguration(ca: certificates.path("city-ca.pem"))
        }
        try await eventually("connected by name") { station.receiver.status.connected }
        let wrong = self.station(broker, certificates, client: nil)
        try await eventually("by address the certificate does not fit") {
            wrong.receiver.status.problem == "the broker's certificate does not name the host of this uplink"
        }
        await station.receiver.stop(within: .seconds(5))
        await wrong.receiver.stop(within: .seconds(5))
    }

    @Test func anotherAuthorityIsNotTrusted() async throws {
        let (broker, certificates) = try tlsBroker()
        try certificates.issue("broker")
        _ = try Certificates(authority: "other", in: broker.directory)
        try broker.start()
        let station = station(broker, certificates, ca: "other-ca.pem", client: nil)
        try await eventually("named") {
            station.receiver.status.problem == "the broker's certificate was not issued by the CA of tls.ca"
        }
        #expect(!station.receiver.status.connected)
        await station.receiver.stop(within: .seconds(5))
    }

    @Test(arguments: [
        ("20900101000000Z", "20910101000000Z", "not yet valid by this gateway's clock"),
        ("20200101000000Z", "20210101000000Z", "expired by this gateway's clock"),
    ])
    func aCertificateOutOfItsTimeIsNamed(start: String, end: String, words: String) async throws {
        let (broker, certificates) = try tlsBroker()
        try certificates.issue("broker", from: start, to: end)
        try broker.start()
        let station = station(broker, certificates, client: nil)
        try await eventually("named") { station.receiver.status.problem?.contains(words) == true }
        #expect(!station.receiver.status.connected)
        await station.receiver.stop(within: .seconds(5))
    }

    @Test func aMissingClientCertificateIsNamed() async throws {
        let (broker, certificates) = try tlsBroker(["require_certificate true"])
        try certificates.issue("broker")
        try broker.start()
        let station = station(broker, certificates, client: nil)
        station.seal()
        // With TLS 1.3 the broker's reset may overtake its alert, so that the reason can only be guessed.
        try await eventually("named") {
            ["the broker wants a client certificate", MQTTProblem.brokenOff(hasCertificate: false).text]
                .contains(station.receiver.status.problem)
        }
        await station.receiver.stop(within: .seconds(5))
    }

    @Test func aClientCertificateOfAnotherAuthorityIsNamed() async throws {
        let (broker, certificates) = try tlsBroker(["require_certificate true"])
        try certificates.issue("broker")
        _ = try Certificates(authority: "other", in: broker.directory)
        try certificates.issue("stranger", authority: "other")
        try broker.start()
        let station = station(broker, certificates, client: "stranger")
        try await eventually("named") {
            ["the broker did not accept this gateway's certificate", MQTTProblem.brokenOff(hasCertificate: true).text]
                .contains(station.receiver.status.problem)
        }
        await station.receiver.stop(within: .seconds(5))
    }

    @Test func filesThatCannotBeUsedAreNamedAndTriedAgain() async throws {
        let (broker, certificates) = try tlsBroker()
        try certificates.issue("broker")
        try certificates.issue("gateway")
        try broker.start()
        let missing = station(broker, certificates, ca: "nowhere.pem", client: nil)
        try await eventually("a missing file") {
            missing.receiver.status.problem?.hasPrefix("cannot read ") == true
                && missing.receiver.status.problem?.contains("nowhere.pem") == true
        }
        try FileManager.default.copyItem(
            atPath: certificates.path("city-ca.pem"), toPath: certificates.path("nowhere.pem"))
        try await eventually("put there later, it is used") { missing.receiver.status.connected }
        try "no PEM".write(toFile: certificates.path("bad.pem"), atomically: true, encoding: .utf8)
        let bad = station(broker, certificates, ca: "bad.pem", client: nil)
        try await eventually("a file that is no certificate") {
            bad.receiver.status.problem == "\(certificates.path("bad.pem")) holds no certificate"
        }
        await missing.receiver.stop(within: .seconds(5))
        await bad.receiver.stop(within: .seconds(5))
    }

    @Test func plainMqttOnATlsPortAndTheReverseAreNamed() async throws {
        let (broker, certificates) = try tlsBroker()
        try certificates.issue("broker")
        try broker.start()
        let plain = try Broker()
        try plain.start()
        let toPlain = station(plain, certificates, client: nil)
        var timing = ReceiverTiming.quick
        timing.greeting = .milliseconds(500)
        let toTLS = Station(port: broker.port, timing: timing)
        try await eventually("no TLS there") { toPlain.receiver.status.problem != nil }
        try await eventually("no plain MQTT there") { toTLS.receiver.status.problem != nil }
        #expect(!toPlain.receiver.status.connected && !toTLS.receiver.status.connected)
        await toPlain.receiver.stop(within: .seconds(5))
        await toTLS.receiver.stop(within: .seconds(5))
    }

    @Test(arguments: [MQTTVersion.v5, .v311])
    func thePasswordIsReadAgainAtEachConnect(version: MQTTVersion) async throws {
        let broker = try Broker(["allow_anonymous false", "password_file DIR/users"])
        try broker.write("users", ["hs017:right", "platform:platform"])
        let hashing = Process()
        hashing.executableURL = URL(fileURLWithPath: "/usr/bin/mosquitto_passwd")
        hashing.arguments = ["-U", broker.path("users")]
        try hashing.run()
        hashing.waitUntilExit()
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port, extra: ["-u", "platform", "-P", "platform"])
        try broker.write("password", ["wrong"])
        let station = Station(port: broker.port) { mqtt in
            mqtt.version = version
            mqtt.username = "hs017"
            mqtt.passwordFile = broker.path("password")
        }
        let batch = station.seal()
        // MQTT 5 brokers may say 0x86 or 0x87, 3.1.1 ones 4 or 5; mosquitto says not authorised.
        try await eventually("refused") {
            ["the broker does not let this gateway in", "the broker refuses the user name or password"]
                .contains(station.receiver.status.problem)
        }
        try broker.write("password", ["right\r", "a second line is ignored"])
        try await eventually("let in") { station.hasDelivered() }
        try await eventually("arrived") { platform.batches.map(\.payload) == [batch.bytes] }
        await station.receiver.stop(within: .seconds(5))
    }

    @Test func aPasswordFileThatCannotBeReadIsNamed() async throws {
        let broker = try Broker()
        try broker.start()
        let station = Station(port: broker.port) { mqtt in
            mqtt.username = "hs017"
            mqtt.passwordFile = broker.path("nowhere")
        }
        try await eventually("named") {
            station.receiver.status.problem?.hasPrefix("cannot read the password file") == true
        }
        try broker.write("nowhere", [""])
        try await eventually("an empty line") { station.receiver.status.problem?.contains("is no text") == true }
        await station.receiver.stop(within: .seconds(5))
    }

    @Test func anUnknownHostIsNamed() async throws {
        let station = Station(port: 1883) { $0.host = "broker.invalid" }
        try await eventually("named", within: .seconds(60)) {
            station.receiver.status.problem?.hasPrefix("the broker's name broker.invalid was not found") == true
        }
        #expect(await station.receiver.stop(within: .seconds(5)))
    }

    @Test func aHostWithSeveralAddressesIsReachedByTheOneThatAnswers() async throws {
        // localhost is ::1 and 127.0.0.1 on most machines; the broker listens on one of them only.
        let broker = try Broker()
        try broker.start()
        let station = Station(port: broker.port) { $0.host = "localhost" }
        try await eventually("connected") { station.receiver.status.connected }
        await station.receiver.stop(within: .seconds(5))
    }
}
