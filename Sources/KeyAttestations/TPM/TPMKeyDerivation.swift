// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// The two key derivation functions of TPM 2.0 Part 1 §11.4.10.
enum TPMKeyDerivation {
    /// `KDFa`: SP 800-108 §4.1 with HMAC in counter mode.
    ///
    /// - Parameter label: without the zero byte that ends it.
    static func kdfa(
        _ digest: MessageDigest, key: SecretBytes, label: String, contextU: [UInt8] = [], bits: Int
    ) throws(CryptographyError) -> SecretBytes {
        let fixed = Array(label.utf8) + [0] + contextU + TPMPublicArea.bigEndian(UInt32(bits))
        return try output(of: bits / 8, by: digest) { counter throws(CryptographyError) in
            try HMAC.code(of: counter + fixed, key: key, digest: digest)
        }
    }

    /// `KDFe`: SP 800-56A §5.8.1 with a digest.
    static func kdfe(
        _ digest: MessageDigest, sharedSecret: SecretBytes, label: String, partyU: [UInt8], partyV: [UInt8], bits: Int
    ) throws(CryptographyError) -> SecretBytes {
        let fixed = Array(label.utf8) + [0] + partyU + partyV
        return try output(of: bits / 8, by: digest) { counter throws(CryptographyError) in
            // With room from the start, so that no copy is left behind when the array grows.
            var input: [UInt8] = []
            input.reserveCapacity(counter.count + sharedSecret.count + fixed.count)
            input += counter
            sharedSecret.withUnsafeBytes { input.append(contentsOf: $0) }
            input += fixed
            defer { _ = SecretBytes(wiping: &input) }
            return try digest.hash(input)
        }
    }

    /// So many bytes of blocks, each made of its number from 1 up.
    private static func output(
        of length: Int, by digest: MessageDigest, block: ([UInt8]) throws(CryptographyError) -> [UInt8]
    ) throws(CryptographyError) -> SecretBytes {
        var output: [UInt8] = []
        output.reserveCapacity(length + digest.length)
        defer { _ = SecretBytes(wiping: &output) }
        var counter: UInt32 = 1
        while output.count < length {
            var made = try block(TPMPublicArea.bigEndian(counter))
            output += made
            _ = SecretBytes(wiping: &made)
            counter += 1
        }
        return SecretBytes(copying: output.prefix(length))
    }
}
