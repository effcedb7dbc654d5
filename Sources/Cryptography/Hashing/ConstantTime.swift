// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// Comparison in a time that tells nothing of the contents.
public enum ConstantTime {
    /// Whether two sequences are the same. Their lengths are not a secret.
    public static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }

    /// Whether bytes are those of a secret. Their lengths are not a secret.
    public static func equal(_ left: [UInt8], _ right: SecretBytes) -> Bool {
        left.count == right.count
            && right.withUnsafeBytes { CRYPTO_memcmp(left, $0.baseAddress, left.count) == 0 }
    }

    /// Whether two texts have the same UTF-8. Their lengths are not a secret.
    public static func equal(_ left: String, _ right: String) -> Bool {
        equal(Array(left.utf8), Array(right.utf8))
    }
}
