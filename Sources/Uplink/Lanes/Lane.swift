/// How a batch comes to be sent: at once, newest first, or from the backlog, oldest first.
package enum Lane: String, Hashable, Sendable {
    case live, backlog
}
