// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// SHA-256 (FIPS 180-4).
public enum SHA256 {
    /// The 32 bytes of the digest.
    public static func hash(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        // The one-shot call fails only without memory or with SHA-256 switched off in the library's configuration.
        guard EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil) == 1 else {
            preconditionFailure("OpenSSL has no SHA-256")
        }
        return digest
    }

    /// The digest of a text's UTF-8, in base64url: 43 letters.
    public static func base64URL(of text: String) -> String {
        Base64URL.encode(hash(Array(text.utf8)))
    }
}
