internal import CMosquitto
internal import GatewayModel
internal import Glibc

/// What OpenSSL needs for one connection: the files of a ``TLSConfiguration``, whom to expect, and at which time.
///
/// Made here and not by libmosquitto, which knows neither a time of its own nor which of the files is wrong, and which
/// would have to look the host's name up a second time, on the receiver's thread.
struct TLSContext: ~Copyable {
    /// `SSL_CTX *`.
    let raw: OpaquePointer
    /// The gateway's own certificate is out of its time: brokers then break off without a word.
    let ownCertificateProblem: MQTTProblem?

    /// - Parameters:
    ///   - host: the name or address that the broker's certificate has to have.
    ///   - time: what certificates are checked at, nanoseconds since 1970.
    /// - Throws: a problem that names the file and what to do. Reads files, so it may block for as long as they do.
    init(_ tls: TLSConfiguration, host: String, at time: Nanoseconds) throws(MQTTProblem) {
        guard let context = CMosquitto_context_new() else {
            throw MQTTProblem(.ours, "OpenSSL gave no context", remedy: "free some memory")
        }
        do throws(MQTTProblem) {
            try Self.load(tls, into: context)
            try Self.expect(host, at: time, in: context)
        } catch {
            SSL_CTX_free(context)
            throw error
        }
        ownCertificateProblem = tls.certificate.flatMap { Self.ownProblem(context, path: $0, at: time) }
        raw = context
    }

    deinit { SSL_CTX_free(raw) }

    private static func load(_ tls: TLSConfiguration, into context: OpaquePointer) throws(MQTTProblem) {
        for (key, path) in [("tls.ca", tls.ca), ("tls.cert", tls.certificate), ("tls.key", tls.key)] {
            guard let path, access(path, R_OK) != 0 else { continue }
            throw MQTTProblem(
                .configuration, "cannot read \(path): \(String(cString: strerror(errno)))",
                remedy: "put the PEM file of \(key) there and let the agent's user read it")
        }
        guard SSL_CTX_load_verify_locations(context, tls.ca, nil) == 1 else {
            throw unusable(tls.ca, "holds no certificate", "tls.ca: the PEM certificate that signs the broker's")
        }
        if let path = tls.certificate, SSL_CTX_use_certificate_chain_file(context, path) != 1 {
            throw unusable(path, "holds no certificate", "tls.cert: this gateway's PEM certificate")
        }
        if let path = tls.key { try loadKey(path, of: tls.certificate ?? "", into: context) }
    }

    private static func loadKey(
        _ path: String, of certificate: String, into context: OpaquePointer
    ) throws(MQTTProblem) {
        // An encrypted key would make OpenSSL ask at the terminal; here asking only leaves a mark.
        SSL_CTX_set_default_passwd_cb(context) { _, _, _, wasAsked in
            wasAsked?.assumingMemoryBound(to: Bool.self).pointee = true
            return -1
        }
        var wasAsked = false
        let isLoaded = withUnsafeMutablePointer(to: &wasAsked) { pointer in
            SSL_CTX_set_default_passwd_cb_userdata(context, pointer)
            defer { SSL_CTX_set_default_passwd_cb_userdata(context, nil) }
            return SSL_CTX_use_PrivateKey_file(context, path, SSL_FILETYPE_PEM) == 1
        }
        if isLoaded, SSL_CTX_check_private_key(context) == 1 { return ERR_clear_error() }
        if wasAsked {
            throw unusable(path, "has a passphrase", "tls.key: the key without one, readable by the agent's user only")
        }
        guard isLoaded || lastErrors().contains(ERR_LIB_X509) else {
            throw unusable(path, "holds no private key", "tls.key: this gateway's PEM private key")
        }
        throw unusable(
            path, "does not belong to the certificate \(certificate)",
            "tls.cert and tls.key: a certificate and the key that it was made for")
    }

    /// OpenSSL's error list, by library (openssl/err.h); empties it.
    private static func lastErrors() -> [CInt] {
        var libraries: [CInt] = []
        while case let error = ERR_get_error(), error != 0, libraries.count < 16 {
            libraries.append(ERR_GET_LIB(error))
        }
        ERR_clear_error()
        return libraries
    }

    private static func unusable(_ path: String, _ what: String, _ expected: String) -> MQTTProblem {
        ERR_clear_error()
        return MQTTProblem(.configuration, "\(path) \(what)", remedy: "put there, for \(expected)")
    }

    /// Whoever answers has to show a certificate for this host, valid at this time.
    private static func expect(
        _ host: String, at time: Nanoseconds, in context: OpaquePointer
    ) throws(MQTTProblem) {
        guard let expected = SSL_CTX_get0_param(context) else { throw .failedTLS }
        X509_VERIFY_PARAM_set_time(expected, time_t(time / 1_000_000_000))
        X509_VERIFY_PARAM_set_hostflags(expected, CUnsignedInt(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        let address = host.prefix { $0 != "%" }
        if X509_VERIFY_PARAM_set1_ip_asc(expected, String(address)) == 1 { return ERR_clear_error() }
        ERR_clear_error()
        // Without the root's dot. The broker is told this name too (CMosquitto_handshake).
        let name = host.hasSuffix(".") ? String(host.dropLast()) : host
        guard X509_VERIFY_PARAM_set1_host(expected, name, 0) == 1 else { throw .failedTLS }
    }

    private static func ownProblem(_ context: OpaquePointer, path: String, at time: Nanoseconds) -> MQTTProblem? {
        guard let certificate = SSL_CTX_get0_certificate(context) else { return nil }
        var seconds = time_t(time / 1_000_000_000)
        if X509_cmp_time(X509_get0_notAfter(certificate), &seconds) < 0 {
            return MQTTProblem(
                .tls, "this gateway's certificate \(path) has expired by its clock",
                remedy: "put a new certificate and its key there; no restart is needed")
        }
        if X509_cmp_time(X509_get0_notBefore(certificate), &seconds) > 0 {
            return MQTTProblem(
                .clock, "this gateway's certificate \(path) is not yet valid by its clock",
                remedy: "wait for the time service, or set the clock; the connection is tried again")
        }
        return nil
    }
}
