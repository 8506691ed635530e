internal import GatewayModel

/// Why a TLS handshake failed, from libmosquitto's log lines and OpenSSL's verdict on the broker's certificate.
struct TLSFailure: Equatable {
    var problem: MQTTProblem

    /// OpenSSL reports a failure in several lines; the first that says something known wins.
    init(log line: String, verifyResult: Int, before: TLSFailure?) {
        if let before, before.problem.kind != .lost {
            self = before
        } else if let problem = Self.verdict(verifyResult) ?? Self.words(line) {
            self.problem = problem
        } else {
            let text = line.split(separator: ":").last.map(String.init) ?? line
            problem = MQTTProblem(.lost, "TLS failed: \(text)", remedy: "check the broker's TLS listener and its log")
        }
    }

    /// `X509_V_ERR_...` (openssl/x509_vfy.h); 0 is X509_V_OK.
    private static func verdict(_ result: Int) -> MQTTProblem? {
        switch result {
        case 0: nil
        case 9:
            MQTTProblem(
                .clock, "the broker's certificate is not yet valid by this gateway's clock",
                remedy: "wait for the time service, or set the clock; the connection is tried again")
        case 10:
            MQTTProblem(
                .tls, "the broker's certificate has expired by this gateway's clock",
                remedy: "renew the certificate at the broker, or correct the gateway's clock")
        case 62, 64:
            MQTTProblem(
                .tls, "the broker's certificate does not name the host of this uplink",
                remedy: "use the name in the certificate as mqtt.host, or renew the certificate with this name")
        case 2, 18, 19, 20, 21:
            MQTTProblem(
                .tls, "the broker's certificate was not issued by the CA of tls.ca",
                remedy: "put the CA that signed the broker's certificate into tls.ca")
        default:
            MQTTProblem(
                .tls, "the broker's certificate was not accepted (OpenSSL verify result \(result))",
                remedy: "check the broker's certificate against tls.ca")
        }
    }

    private static func words(_ line: String) -> MQTTProblem? {
        let line = line.lowercased()
        if line.contains(text: "certificate required") || line.contains(text: "peer did not return a certificate") {
            return MQTTProblem(
                .tls, "the broker wants a client certificate", remedy: "configure tls.cert and tls.key")
        }
        if line.contains(text: "alert unknown ca") || line.contains(text: "alert bad certificate")
            || line.contains(text: "alert certificate") || line.contains(text: "alert access denied")
        {
            return MQTTProblem(
                .tls, "the broker did not accept this gateway's certificate",
                remedy: "install a certificate that the broker's CA has signed and that has not expired")
        }
        if line.contains(text: "wrong version number") {
            return MQTTProblem(
                .tls, "the broker's port does not speak TLS", remedy: "check mqtt.port (TLS is usually 8883)")
        }
        return nil
    }
}
