/// Which bundles a box takes.
package struct BundleAdmission: Sendable {
    /// By which way a bundle comes in.
    package enum Door: Sendable {
        /// Somebody stands before the box: a serial cable or a USB stick.
        case console
        /// A local log-in with the operate role.
        case `operator`
        case network
    }

    package enum Answer: Hashable, Sendable {
        case install
        /// The box has this very bundle.
        case hasIt
        case refuse(String)
    }

    /// nil: the box has no config yet.
    package var gateway: String?
    /// Of the newest bundle that was ever installed; nil: none.
    package var release: UInt32?
    /// SHA-256 of it.
    package var hash: String?
    package var trusted: [PublicKey]

    package init(gateway: String?, release: UInt32?, hash: String?, trusted: [PublicKey]) {
        self.gateway = gateway
        self.release = release
        self.hash = hash
        self.trusted = trusted
    }

    /// - Parameter adopt: the box shall become the gateway of the bundle.
    package func judge(_ signed: SignedBundle, by door: Door, adopt: Bool) -> Answer {
        let bundle = signed.bundle
        if !trusted.contains(signed.signer) {
            guard trusted.isEmpty else {
                return .refuse(
                    "signed by \(signed.signer.fingerprint), which this box does not trust "
                        + "(it trusts \(trusted.map(\.fingerprint).joined(separator: ", "))); have it signed by one of these, "
                        + "or reset the trust at the console")
            }
            guard door == .console else {
                return .refuse("this box trusts nobody yet: give it its first bundle by serial cable or USB stick")
            }
        }
        if let gateway, gateway != bundle.gateway, !adopt {
            return .refuse("for \(bundle.gateway), but this box is \(gateway); --adopt makes it \(bundle.gateway)")
        }
        guard let release, gateway == bundle.gateway else { return .install }
        if bundle.release == release {
            return ContentHash.sha256(signed.bytes) == hash
                ? .hasIt : .refuse("another bundle has release \(release); give this one \(release + 1)")
        }
        if bundle.release < release, door != .operator {
            return .refuse(
                "release \(bundle.release) is older than \(release), which this box has had; "
                    + "going back takes the operate role at the box")
        }
        return .install
    }
}
