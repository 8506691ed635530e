import Testing

@testable import BoardConfig

private func key(_ seed: UInt8) throws -> SigningKey {
    try #require(SigningKey(seed: Array(repeating: seed, count: 32)))
}

private let files = [
    ConfigBundle.File(name: "devices/tuf-2000m.yaml", bytes: Array("name: TUF\n".utf8)),
    ConfigBundle.File(name: "station.yaml", bytes: Array("# 换热站\nschema: 1".utf8)),
    ConfigBundle.File(name: "boards/virtual.yaml", bytes: []),
]

private func signed(
    gateway: String = "hs-1", release: UInt32 = 7, trusts: [PublicKey] = [], by signer: UInt8 = 1
) throws -> SignedBundle {
    try SignedBundle(ConfigBundle(gateway: gateway, release: release, trusts: trusts, files: files), by: key(signer))
}

@Suite struct BundleTests {
    @Test func aBundleComesBackAsItWasMade_stationFirst_andIsTextForPeople() throws {
        let made = try signed(trusts: [key(2).publicKey])
        let read = try SignedBundle(bytes: made.bytes)
        #expect(read == made)
        #expect(read.bundle.files.map(\.name) == ["station.yaml", "boards/virtual.yaml", "devices/tuf-2000m.yaml"])
        #expect(read.bundle.files.first?.bytes == files[1].bytes)
        #expect(read.bundle.trusts == [try key(2).publicKey])
        #expect(String(decoding: made.bytes, as: UTF8.self).contains("release: 7\n"))
        #expect(try signed(trusts: [key(2).publicKey]).bytes == made.bytes)
    }

    @Test func noByteCanBeChangedAddedOrTakenAway() throws {
        let bytes = try signed().bytes
        for place in bytes.indices {
            for mask in [1, 0x20, 0x80] as [UInt8] {
                var changed = bytes
                changed[place] ^= mask
                // Digits of the signature line may be written in capitals.
                if let same = try? SignedBundle(bytes: changed) { #expect(same.bundle == (try signed().bundle)) }
            }
            #expect(throws: BundleFault.self) { try SignedBundle(bytes: Array(bytes[..<place])) }
            #expect(throws: BundleFault.self) { try SignedBundle(bytes: bytes[..<place] + [10] + bytes[place...]) }
        }
        #expect(throws: BundleFault.self) { try SignedBundle(bytes: bytes + [10]) }
    }

    @Test(arguments: [
        "../station.yaml", "/etc/passwd", "devices/../x.yaml", "devices/.yaml", "devices/a/b.yaml", "x.yaml",
    ])
    func noFileLeavesItsDirectory(name: String) throws {
        let bundle = ConfigBundle(
            gateway: "hs-1", release: 1, files: files + [ConfigBundle.File(name: name, bytes: [1])])
        let bytes = try SignedBundle(bundle, by: key(1)).bytes
        #expect(throws: BundleFault.self) { try SignedBundle(bytes: bytes) }
    }

    @Test func aFileThatIsThereTwiceIsRefused() throws {
        let bundle = ConfigBundle(gateway: "hs-1", release: 1, files: files + [files[0]])
        let bytes = try SignedBundle(bundle, by: key(1)).bytes
        #expect(throws: BundleFault("a file is there twice")) { try SignedBundle(bytes: bytes) }
    }

    /// RFC 8032, section 7.1, test 1.
    @Test func keysAndSignaturesAreThoseOfTheStandard() throws {
        let seed = try #require(Hexadecimal.bytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
        let key = try #require(SigningKey(seed: seed))
        #expect(key.publicKey.hexadecimal == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        let signature = key.sign([])
        #expect(
            signature
                == Hexadecimal.bytes(
                    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
                ))
        #expect(key.publicKey.hasSigned([], signature))
        #expect(!key.publicKey.hasSigned([0], signature))
    }

    @Test func keysGoThroughPEM_andAnotherKindIsNone() throws {
        let key = try #require(SigningKey.generate())
        #expect(SigningKey(pem: key.pem)?.publicKey == key.publicKey)
        #expect(PublicKey(pem: key.publicKey.pem) == key.publicKey)
        #expect(SigningKey(pem: key.publicKey.pem) == nil)
        #expect(PublicKey(pem: Array("-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----\n".utf8)) == nil)
        #expect(try #require(SigningKey.generate()).publicKey != key.publicKey)
    }
}

@Suite struct BundleAdmissionTests {
    private func box(
        gateway: String? = "hs-1", release: UInt32? = 7, trusted: [UInt8] = [1], hash: String? = nil
    ) throws -> BundleAdmission {
        BundleAdmission(
            gateway: gateway, release: release, hash: hash, trusted: try trusted.map { try key($0).publicKey })
    }

    private func isRefused(_ answer: BundleAdmission.Answer) -> Bool {
        if case .refuse = answer { true } else { false }
    }

    @Test func aNewerBundleOfATrustedSignerIsTakenByEveryDoor() throws {
        for door in [.console, .operator, .network] as [BundleAdmission.Door] {
            #expect(try box().judge(signed(release: 8), by: door, adopt: false) == .install)
        }
    }

    @Test func aBoxWithoutTrustTakesItsFirstBundleOnlyAtTheConsole() throws {
        let new = try box(gateway: nil, release: nil, trusted: [])
        #expect(try new.judge(signed(), by: .console, adopt: false) == .install)
        #expect(try isRefused(new.judge(signed(), by: .operator, adopt: false)))
        #expect(try isRefused(new.judge(signed(), by: .network, adopt: false)))
    }

    @Test func aStrangersBundleIsRefusedEvenAtTheConsole() throws {
        #expect(try isRefused(box().judge(signed(release: 8, by: 3), by: .console, adopt: true)))
    }

    @Test func anotherGatewaysBundleMustBeAdopted() throws {
        #expect(try isRefused(box().judge(signed(gateway: "hs-2", release: 1), by: .console, adopt: false)))
        #expect(try box().judge(signed(gateway: "hs-2", release: 1), by: .console, adopt: true) == .install)
    }

    @Test func anOlderReleaseTakesAnOperatorAtTheBox() throws {
        #expect(try isRefused(box().judge(signed(release: 6), by: .network, adopt: false)))
        #expect(try isRefused(box().judge(signed(release: 6), by: .console, adopt: false)))
        #expect(try box().judge(signed(release: 6), by: .operator, adopt: false) == .install)
    }

    @Test func theSameBundleIsKnown_andAnotherOneOfTheSameReleaseRefused() throws {
        let same = try signed()
        let known = try box(hash: ContentHash.sha256(same.bytes))
        #expect(known.judge(same, by: .network, adopt: false) == .hasIt)
        #expect(try isRefused(known.judge(signed(trusts: [key(2).publicKey]), by: .network, adopt: false)))
    }
}
