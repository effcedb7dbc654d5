// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The signature algorithms that are spoken here, by their JOSE names (RFC 7518 §3.1).
public enum SignatureAlgorithm: String, Hashable, Sendable, Codable, CaseIterable {
    /// ECDSA on P-256 with SHA-256; the signature is r and s, 32 bytes each.
    case es256 = "ES256"
    /// RSASSA-PKCS1-v1_5 with SHA-256, moduli of 2,048 to 4,096 bits.
    case rs256 = "RS256"
}
