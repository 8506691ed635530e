/// What may be done with a point. Only readable ones are polled.
package enum PointAccess: String, CaseIterable, Sendable {
    case readable = "r"
    case writable = "w"
    case both = "rw"
}
