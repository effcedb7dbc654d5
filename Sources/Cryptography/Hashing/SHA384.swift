// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// SHA-384 (FIPS 180-4).
public enum SHA384 {
    /// The 48 bytes of the digest.
    public static func hash(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 48)
        // The one-shot call fails only without memory or with SHA-384 switched off in the library's configuration.
        guard EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha384(), nil) == 1 else {
            preconditionFailure("OpenSSL has no SHA-384")
        }
        return digest
    }
}
