// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// The signature algorithms that are spoken here, by their JOSE names (RFC 7518 §3.1, RFC 8037 §3.1).
public enum SignatureAlgorithm: String, Hashable, Sendable, Codable, CaseIterable {
    /// ECDSA on P-256 with SHA-256; the signature is r and s, 32 bytes each.
    case es256 = "ES256"
    /// ECDSA on P-384 with SHA-384; the signature is r and s, 48 bytes each.
    case es384 = "ES384"
    /// RSASSA-PKCS1-v1_5 with SHA-256, moduli of 2,048 to 4,096 bits.
    case rs256 = "RS256"
    /// Ed25519 (RFC 8032 §5.1); the signature is 64 bytes.
    case edDSA = "EdDSA"

    /// The digest that the message goes through first; `nil` where the algorithm takes the message itself.
    var digest: OpaquePointer? {
        switch self {
        case .es256, .rs256: EVP_sha256()
        case .es384: EVP_sha384()
        case .edDSA: nil
        }
    }

    /// How many bytes r and s have each; `nil` where the signature has no such parts.
    public var coordinateSize: Int? {
        switch self {
        case .es256: 32
        case .es384: 48
        case .rs256, .edDSA: nil
        }
    }
}
