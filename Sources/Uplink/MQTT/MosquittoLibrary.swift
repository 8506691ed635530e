internal import CMosquitto

/// libmosquitto's process-wide state: made ready once, never torn down (clients of several receivers share it).
enum MosquittoLibrary {
    static let ready: Bool = mosquitto_lib_init() == CInt(MOSQ_ERR_SUCCESS.rawValue)

    /// libmosquitto's words for one of its error numbers.
    static func text(_ error: CInt) -> String {
        guard let words = mosquitto_strerror(error) else { return "error \(error)" }
        let text = String(cString: words)
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }
}
