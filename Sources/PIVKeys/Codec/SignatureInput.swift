// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// What a card signs for a message: a digest, a padded block, or the message itself.
enum SignatureInput {
    /// `DigestInfo` of SHA-256 up to the digest (RFC 8017 §9.2, note 1).
    private static let sha256Prefix: [UInt8] = [
        0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04,
        0x20,
    ]

    /// The bytes that go into the challenge of GENERAL AUTHENTICATE.
    static func bytes(for message: [UInt8], _ algorithm: PIVAlgorithm) -> [UInt8] {
        switch algorithm {
        case .p256: return SHA256.hash(message)
        case .p384: return SHA384.hash(message)
        case .ed25519: return message
        case .rsa2048, .rsa3072, .rsa4096:
            let information = sha256Prefix + SHA256.hash(message)
            let padding = (algorithm.modulusSize ?? 0) - information.count - 3
            return [0, 1] + [UInt8](repeating: 0xFF, count: padding) + [0] + information
        }
    }
}
