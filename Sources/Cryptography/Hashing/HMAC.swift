// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// Keyed hashing (RFC 2104).
public enum HMAC {
    /// The authentication code of a message, as long as the digest.
    public static func code(
        of message: [UInt8], key: SecretBytes, digest: MessageDigest
    ) throws(CryptographyError) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: digest.length)
        var length = 0
        let made = key.withUnsafeBytes { key in
            EVP_Q_mac(
                nil, "HMAC", nil, digest.rawValue, nil, key.baseAddress, key.count, message, message.count, &output,
                output.count, &length)
        }
        guard made != nil, length == digest.length else { throw .libraryFailure(function: "EVP_Q_mac") }
        return output
    }
}
