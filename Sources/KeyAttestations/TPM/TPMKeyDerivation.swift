// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// The two key derivation functions of TPM 2.0 Part 1 §11.4.10.
enum TPMKeyDerivation {
    /// `KDFa`: SP 800-108 §4.1 with HMAC in counter mode.
    ///
    /// - Parameter label: without the zero byte that ends it.
    static func kdfa(
        _ digest: MessageDigest, key: SecretBytes, label: String, contextU: [UInt8] = [], contextV: [UInt8] = [],
        bits: Int
    ) throws(CryptographyError) -> SecretBytes {
        let fixed = Array(label.utf8) + [0] + contextU + contextV + TPMPublicArea.bigEndian(UInt32(bits))
        var output: [UInt8] = []
        var counter: UInt32 = 1
        while output.count < bits / 8 {
            output += try HMAC.code(of: TPMPublicArea.bigEndian(counter) + fixed, key: key, digest: digest)
            counter += 1
        }
        return first(bits / 8, of: &output)
    }

    /// `KDFe`: SP 800-56A §5.8.1 with a digest.
    static func kdfe(
        _ digest: MessageDigest, sharedSecret: SecretBytes, label: String, partyU: [UInt8], partyV: [UInt8], bits: Int
    ) throws(CryptographyError) -> SecretBytes {
        var output: [UInt8] = []
        var counter: UInt32 = 1
        while output.count < bits / 8 {
            var input = TPMPublicArea.bigEndian(counter) + sharedSecret.withUnsafeBytes { Array($0) }
            input += Array(label.utf8) + [0] + partyU + partyV
            output += try digest.hash(input)
            _ = SecretBytes(wiping: &input)
            counter += 1
        }
        return first(bits / 8, of: &output)
    }

    private static func first(_ count: Int, of bytes: inout [UInt8]) -> SecretBytes {
        defer { _ = SecretBytes(wiping: &bytes) }
        return SecretBytes(copying: bytes.prefix(count))
    }
}
