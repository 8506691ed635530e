package import GatewayModel

/// A device family, as `devices/NAME.yaml` describes it.
package struct DeviceTemplate: Sendable {
    /// The file's name without `.yaml`.
    package var name: String
    /// The family's full name.
    package var title: String
    package var vendor: String
    /// `heat-meter`, `drive`; empty when not given.
    package var category: String
    package var proto: String
    /// The point by whose value a device is known from another of its family; nil: it has none.
    package var identity: String?
    /// The factory setting of its line; nil: not given.
    var factoryFormat: SerialFormat?
    /// `9600 8N1`; nil: not given.
    package var factorySetting: String? { factoryFormat?.text }
    var meterType: UInt8?
    var identifierOrder: IdentifierOrder?
    /// Where the facts come from.
    package var sources: [String]
    package var verification: Verification
    /// Factory setting, as text; empty when not given.
    package var serial: String
    package var notes: [String]
    package var maxRegisters: Int?
    package var maxBits: Int?
    package var guardTime: Nanoseconds?
    /// Addresses that a read must not run across, as measured on real devices.
    package var refused: [RefusedGap] = []
    package var typicalTurnaround: Nanoseconds?
    package var maxTurnaround: Nanoseconds?
    package var points: [TemplatePoint]

    /// How sure the facts are.
    package enum Verification: String, CaseIterable, Sendable {
        /// Two texts that were not copied from each other agree.
        case twoSources = "two-sources"
        case oneSource = "one-source"
        case doubtful
        /// Tried on a device.
        case bench
    }

    var identityPoint: TemplatePoint? { points.first { $0.id == identity } }

    /// What a device without `points` polls: those marked `default: true`; when none is, every readable point that is
    /// not doubtful.
    package var defaultPoints: [TemplatePoint] {
        let marked = points.filter(\.isDefault)
        return marked.isEmpty ? points.filter { $0.isReadable && $0.doubt == nil } : marked
    }
}

/// A point of a device family.
package struct TemplatePoint: Sendable {
    package var id: String
    /// With every default filled in; `index` and `device` mean nothing.
    package var definition: PointDefinition
    package var access: PointAccess
    package var isDefault: Bool
    /// Why the point is not certain; nil when it is.
    package var doubt: String?
    package var note: String?
    /// The points that hold its unit and its exponent of ten in the device.
    package var unitFrom: String?
    package var exponentFrom: String?
    /// The point that holds how many of its digits stand after the point.
    package var decimalsFrom: String?
    /// What the file says, for a device's own keys to stand on.
    var draft: PointDraft

    /// The points that say something of this one; a name that is none of them has been reported.
    func helpers(among points: [TemplatePoint]) -> PointResolver.Helpers {
        func find(_ id: String?) -> PointDefinition? { id.flatMap { id in points.first { $0.id == id }?.definition } }
        return PointResolver.Helpers(unit: find(unitFrom), exponent: find(exponentFrom), decimals: find(decimalsFrom))
    }

    package var isReadable: Bool { access == .readable }
}
