internal import CCrypto
internal import GatewayModel

enum ContentHash {
    /// SHA-256 in hexadecimal; empty when libcrypto refuses, which it does only without memory.
    static func sha256(_ bytes: [UInt8]) -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        let done = bytes.withUnsafeBytes { EVP_Digest($0.baseAddress, $0.count, &digest, &length, EVP_sha256(), nil) }
        return done == 1 ? digest.hexadecimal : ""
    }
}
