internal import CCrypto
package import GatewayModel

/// What turns a batch's point indices and stored samples into names and values; its id is its hash.
package struct PointDictionary: Hashable, Sendable {
    package let gateway: String
    /// By point index.
    package let points: [DescribedPoint]
    /// The text that is stored and published on `meta/DICT`.
    package let json: [UInt8]
    package let id: DictionaryID

    /// `points[i].index` must be `i`, as in a `GatewayConfiguration`.
    package init(gateway: String, points: [PointDefinition]) {
        let described = points.map(DescribedPoint.init).sharingMeanings()
        let json = Self.text(gateway: gateway, points: described)
        self.init(gateway: gateway, points: described, json: json)
    }

    init(gateway: String, points: [DescribedPoint], json: [UInt8]) {
        self.gateway = gateway
        self.points = points
        self.json = json
        self.id = Self.id(of: json)
    }

    /// The first 8 bytes of the SHA-256 of a dictionary's text.
    package static func id(of json: [UInt8]) -> DictionaryID {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: UInt32 = 0
        EVP_Digest(json, json.count, &digest, &length, EVP_sha256(), nil)
        return DictionaryID(startOf: digest)
    }
}
