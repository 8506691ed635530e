internal import CYAML

/// Owns one libyaml parser over bytes that outlive it. Give each event back before the next one.
struct YAMLParser: ~Copyable {
    private let raw: UnsafeMutablePointer<yaml_parser_t>

    /// nil: out of memory.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        let raw = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard yaml_parser_initialize(raw) == 1 else {
            raw.deallocate()
            return nil
        }
        yaml_parser_set_encoding(raw, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(raw, bytes.baseAddress, bytes.count)
        self.raw = raw
    }

    deinit {
        yaml_parser_delete(raw)
        raw.deallocate()
    }

    /// The next event, copied out of C; nil when the text is not YAML (then `syntaxError` says why).
    func next() -> YAMLEvent? {
        var event = yaml_event_t()
        guard yaml_parser_parse(raw, &event) == 1 else { return nil }
        defer { yaml_event_delete(&event) }
        return YAMLEvent(event)
    }

    var syntaxError: YAMLSyntaxError { YAMLSyntaxError(raw) }
}
