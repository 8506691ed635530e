internal import Glibc

/// Whole lines, at once, so that a long run shows how far it is in a pipe too.
enum Console {
    static func say(_ text: String) { put(text, 1) }
    static func complain(_ text: String) { put(text, 2) }

    private static func put(_ text: String, _ descriptor: CInt) {
        let bytes = Array((text + "\n").utf8)
        _ = write(descriptor, bytes, bytes.count)
    }
}
