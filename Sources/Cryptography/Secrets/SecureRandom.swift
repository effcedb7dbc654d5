// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// Numbers that nobody can guess, from OpenSSL's generator.
public enum SecureRandom {
    /// So many random bytes, 1 to 65,536.
    public static func bytes(_ count: Int) throws(CryptographyError) -> [UInt8] {
        precondition((1...65536).contains(count))
        var bytes = [UInt8](repeating: 0, count: count)
        guard RAND_bytes(&bytes, Int32(count)) == 1 else { throw .libraryFailure(function: "RAND_bytes") }
        return bytes
    }

    /// A name that nobody can guess: 128 random bits as 22 letters of base64url, after a prefix.
    public static func identifier(prefix: String = "") throws(CryptographyError) -> String {
        prefix + Base64URL.encode(try bytes(16))
    }
}
