import Foundation
import GatewayModel
import GatewayTestSupport
import Glibc
import Synchronization
import Testing

@testable import Uplink

/// Certificates and keys: the time at which they are checked, files that cannot be used, files that are replaced.
@Suite(.timeLimit(.minutes(2)), .serialized)
struct CertificateTests {
    private func tlsBroker(_ extra: [String] = []) throws -> (Broker, Certificates) {
        let broker = try Broker(
            ["allow_anonymous true", "cafile DIR/city-ca.pem", "certfile DIR/broker.pem", "keyfile DIR/broker.key"]
                + extra)
        return (broker, try Certificates(in: broker.directory))
    }

    private func station(
        _ broker: Broker, _ certificates: Certificates, ca: String = "city-ca.pem", client: String? = nil,
        key: String? = nil, timing: ReceiverTiming = .quick, at time: Nanoseconds? = nil
    ) -> Station {
        Station(port: broker.port, timing: timing, clock: WrongClock(time ?? SystemTime().realTime())) { mqtt in
            mqtt.tls = TLSConfiguration(
                ca: certificates.path(ca), certificate: client.map { certificates.path($0 + ".pem") },
                key: (key ?? client).map { certificates.path($0 + ".key") })
        }
    }

    /// `YYYYMMDDHHMMSSZ`, some days from now; the test authority's own certificate lives for 30.
    private func date(inDays days: Int64) -> (text: String, time: Nanoseconds) {
        let time = SystemTime().realTime() + .seconds(days * 86_400)
        var seconds = time_t(time / 1_000_000_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let numbers = [parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec]
        return ("\(parts.tm_year + 1900)" + numbers.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined() + "Z", time)
    }

    /// The clock of the machine plays no part: the time that is known does.
    @Test func certificatesAreCheckedAtTheTimeThatIsGivenAndNeverUnchecked() async throws {
        let (broker, certificates) = try tlsBroker()
        try certificates.issue("broker", from: date(inDays: 10).text, to: date(inDays: 20).text)
        try broker.start()
        for (days, words) in [(5, "not yet valid"), (25, "expired")] as [(Int64, String)] {
            let station = station(broker, certificates, at: date(inDays: days).time)
            try await eventually("named") { station.receiver.status.problem?.contains(words) == true }
            #expect(!station.receiver.status.connected)
            await station.receiver.stop(within: .seconds(5))
        }
        let station = station(broker, certificates, at: date(inDays: 15).time)
        try await eventually("accepted") { station.receiver.status.connected }
        await station.receiver.stop(within: .seconds(5))
    }

    /// The clock of a board without a battery: 1970 until the time service answers.
    @Test func aClockThatIsSetLaterIsUsedByTheNextTry() async throws {
        let (broker, certificates) = try tlsBroker()
        try certificates.issue("broker")
        try broker.start()
        let clock = WrongClock(0)
        let station = Station(port: broker.port, clock: clock) { mqtt in
            mqtt.tls = TLSConfiguration(ca: certificates.path("city-ca.pem"))
        }
        try await eventually("named") {
            station.receiver.status.problem == "the broker's certificate is not yet valid by this gateway's clock"
        }
        #expect(station.receiver.status.remedy?.contains("tried again") == true)
        clock.set(SystemTime().realTime())
        try await eventually("connected") { station.receiver.status.connected }
        await station.receiver.stop(within: .seconds(5))
    }

    @Test func eachFileThatCannotBeUsedIsNamedWithItsRemedy() async throws {
        let (broker, certificates) = try tlsBroker()
        for name in ["broker", "gateway", "stranger"] { try certificates.issue(name) }
        try certificates.encryptKey("gateway", to: "secret")
        try "no PEM".write(toFile: certificates.path("bad.pem"), atomically: true, encoding: .utf8)
        try "no PEM".write(toFile: certificates.path("bad.key"), atomically: true, encoding: .utf8)
        try broker.start()
        typealias Case = (ca: String, client: String?, key: String?, problem: String, remedy: String)
        let cases: [Case] = [
            ("none.pem", nil, nil, "cannot read DIR/none.pem: No such file or directory", "tls.ca"),
            ("bad.pem", nil, nil, "DIR/bad.pem holds no certificate", "tls.ca"),
            ("city-ca.pem", "bad", "gateway", "DIR/bad.pem holds no certificate", "tls.cert"),
            ("city-ca.pem", "gateway", "bad", "DIR/bad.key holds no private key", "tls.key"),
            ("city-ca.pem", "gateway", "secret", "DIR/secret.key has a passphrase", "tls.key"),
            (
                "city-ca.pem", "gateway", "stranger",
                "DIR/stranger.key does not belong to the certificate DIR/gateway.pem", "tls.cert and tls.key"
            ),
        ]
        for (ca, client, key, problem, remedy) in cases {
            let station = station(broker, certificates, ca: ca, client: client, key: key)
            let expected = problem.replacingOccurrences(of: "DIR", with: certificates.directory.path)
            try await eventually("\(expected)") { station.receiver.status.problem == expected }
            #expect(station.receiver.status.remedy?.contains(remedy) == true)
            await station.receiver.stop(within: .seconds(5))
        }
    }

    @Test func aGatewaysOwnExpiredCertificateIsNamed() async throws {
        let (broker, certificates) = try tlsBroker(["require_certificate true"])
        try certificates.issue("broker")
        try certificates.issue("gateway", from: "20200101000000Z", to: "20210101000000Z")
        try broker.start()
        let station = station(broker, certificates, client: "gateway")
        try await eventually("named") {
            [
                "this gateway's certificate \(certificates.path("gateway.pem")) has expired by its clock",
                "the broker did not accept this gateway's certificate",
            ].contains(station.receiver.status.problem)
        }
        await station.receiver.stop(within: .seconds(5))
    }

    /// Goal: a renewed certificate is used without a restart. Method: the broker's log names the certificate's subject.
    @Test func aCertificateReplacedOnDiskIsUsedWithoutARestart() async throws {
        let (broker, certificates) = try tlsBroker([
            "require_certificate true", "use_identity_as_username true", "log_dest file DIR/log", "log_type notice",
        ])
        for name in ["broker", "gateway", "renewed", "platform"] { try certificates.issue(name) }
        try broker.start()
        let platform = try BrokerSubscriber(
            port: broker.port,
            extra: [
                "--cafile", certificates.path("city-ca.pem"), "--cert", certificates.path("platform.pem"), "--key",
                certificates.path("platform.key"),
            ])
        var timing = ReceiverTiming.quick
        timing.certificates = .milliseconds(100)
        let station = station(broker, certificates, client: "gateway", timing: timing)
        station.seal()
        try await eventually("delivered") { station.hasDelivered() }
        func subjects() -> [String] {
            let log = (try? String(contentsOfFile: broker.path("log"), encoding: .utf8)) ?? ""
            return log.split(separator: "\n").filter { $0.contains("as cj-hs-017") }
                .compactMap { $0.split(separator: "'").dropFirst().first.map(String.init) }
        }
        // The certificate comes first and does not fit the key: the connection stands, and status says why.
        try certificates.copy("renewed.pem", to: "gateway.pem")
        try await eventually("named") {
            station.receiver.status.problem?.hasPrefix("replaced, but not usable: ") == true
        }
        #expect(station.receiver.status.connected)
        station.seal()
        try await eventually("delivered all the same") { station.hasDelivered() }
        #expect(station.receiver.status.reconnects == 0)
        try certificates.copy("renewed.key", to: "gateway.key")
        try await eventually("connected anew") { station.receiver.status.reconnects == 1 }
        try await eventually("with the new certificate") { subjects() == ["gateway", "renewed"] }
        #expect(station.receiver.status.problem == nil)
        station.seal()
        try await eventually("delivered") { station.hasDelivered() && platform.batches.count == 3 }
        #expect(station.receiver.status.resent == 0)
        await station.receiver.stop(within: .seconds(5))
    }

    /// A certificate and its key are two files, and may come one after the other.
    @Test func aChangeOfFilesCountsOnceWhenTwoLooksAgree() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try "1".write(toFile: directory.path + "/a", atomically: true, encoding: .utf8)
        var files = TLSFiles(TLSConfiguration(ca: directory.path + "/a", certificate: directory.path + "/b"))
        #expect(files.looks(3) == [false, false, false])
        try "22".write(toFile: directory.path + "/a", atomically: true, encoding: .utf8)
        #expect(files.looks(4) == [false, true, false, false], "once, when two looks agree")
        try "3".write(toFile: directory.path + "/b", atomically: true, encoding: .utf8)
        #expect(files.looks(1) == [false])
        try FileManager.default.removeItem(atPath: directory.path + "/b")
        #expect(files.looks(3) == [false, false, false], "as it was")
    }

    @Test func theBrokerIsToldItsNameAndNeverAnAddress() async throws {
        let (broker, certificates) = try tlsBroker()
        for (host, isNamed) in [("localhost", true), ("127.0.0.1", false)] {
            let port = TCP.freePort()
            let listener = TCP.listen(on: port)
            let hello = Mutex<[UInt8]>([])
            let station = Station(port: port) { mqtt in
                mqtt.host = host
                mqtt.tls = TLSConfiguration(ca: certificates.path("city-ca.pem"))
            }
            let connection = accept(listener, nil, nil)
            let bytes = TCP.receive(180, from: connection) ?? []
            hello.withLock { $0 = bytes }
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(bytes.first == 0x16, "a TLS handshake")
            #expect(text.contains("localhost") == isNamed)
            #expect(!text.contains("127.0.0.1"))
            TCP.close(connection)
            TCP.close(listener)
            await station.receiver.stop(within: .seconds(5))
        }
        _ = broker
    }
}

/// A wall clock that says what it is told.
private final class WrongClock: TimeSource {
    private let time: Mutex<Nanoseconds>
    init(_ time: Nanoseconds) { self.time = Mutex(time) }
    func set(_ new: Nanoseconds) { time.withLock { $0 = new } }
    func realTime() -> Nanoseconds { time.withLock { $0 } }
    func bootTime() -> BootTime { SystemTime().bootTime() }
}

extension TLSFiles {
    fileprivate mutating func looks(_ count: Int) -> [Bool] {
        var results: [Bool] = []
        for _ in 0..<count { results.append(haveChanged()) }
        return results
    }
}
