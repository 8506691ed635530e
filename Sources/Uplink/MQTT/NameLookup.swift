internal import Glibc

/// One address of a host: `192.0.2.7`, `2001:db8::7`, `fe80::1%eth0`.
package struct ResolvedAddress: Equatable, Sendable {
    package var text: String
    package init(text: String) { self.text = text }
}

/// Looks up a host's addresses on a thread of its own: a dead name server holds getaddrinfo(3) for up to a minute,
/// and it cannot be interrupted.
enum NameLookup {
    /// More addresses of one name are not tried.
    static let mostAddresses = 4

    /// Calls `done` once, on another thread (or at once when no thread is to be had).
    static func start(host: String, done: @escaping @Sendable (Result<[ResolvedAddress], MQTTProblem>) -> Void) {
        let context = Unmanaged.passRetained(Job(host: host, done: done)).toOpaque()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, 256 << 10)
        defer { pthread_attr_destroy(&attributes) }
        var thread = pthread_t()
        let result = pthread_create(&thread, &attributes, threadMain, context)
        if result != 0 {
            Unmanaged<Job>.fromOpaque(context).release()
            done(.failure(MQTTProblem(errorNumber: result)))
        }
    }

    /// Blocks.
    static func addresses(of host: String) -> Result<[ResolvedAddress], MQTTProblem> {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(host, nil, &hints, &list)
        guard result == 0 else {
            let words = gai_strerror(result).map { String(cString: $0) } ?? "error \(result)"
            return .failure(
                MQTTProblem(
                    .unreachable, "the broker's name \(host) was not found: \(words)",
                    remedy: "check mqtt.host, the network and the name server"))
        }
        defer { freeaddrinfo(list) }
        var found: [ResolvedAddress] = []
        var next = list
        while let entry = next?.pointee, found.count < mostAddresses {
            if let address = numeric(entry), !found.contains(address) { found.append(address) }
            next = entry.ai_next
        }
        return .success(found)
    }

    private static func numeric(_ entry: addrinfo) -> ResolvedAddress? {
        guard [AF_INET, AF_INET6].contains(entry.ai_family) else { return nil }
        var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let result = getnameinfo(
            entry.ai_addr, entry.ai_addrlen, &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST)
        guard result == 0 else { return nil }
        let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return ResolvedAddress(text: String(decoding: bytes, as: UTF8.self))
    }

    fileprivate final class Job: Sendable {
        let host: String
        let done: @Sendable (Result<[ResolvedAddress], MQTTProblem>) -> Void
        init(host: String, done: @escaping @Sendable (Result<[ResolvedAddress], MQTTProblem>) -> Void) {
            self.host = host
            self.done = done
        }
    }
}

private func threadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    let job = Unmanaged<NameLookup.Job>.fromOpaque(context).takeRetainedValue()
    job.done(NameLookup.addresses(of: job.host))
    return nil
}
