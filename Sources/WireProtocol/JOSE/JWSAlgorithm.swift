// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// How the signature of a JWS is made: its `alg`.
public enum JWSAlgorithm: Hashable, Sendable {
    /// By the algorithm itself (RFC 7518 §3.1).
    case plain(SignatureAlgorithm)
    /// By a FIDO2 assertion over a client data object whose challenge is the SHA-256 of the signing input. Ours: a security key
    /// signs nothing else than assertions (docs/protocol.md §3).
    case fido2(SignatureAlgorithm)

    private static let fido2Prefix = "FIDO2-"

    /// The name in the header, such as `ES256` or `FIDO2-ES256`.
    public var name: String {
        switch self {
        case .plain(let algorithm): algorithm.rawValue
        case .fido2(let algorithm): Self.fido2Prefix + algorithm.rawValue
        }
    }

    /// The algorithm of a name, or `nil` where it is not spoken here.
    public init?(name: String) {
        if name.hasPrefix(Self.fido2Prefix) {
            guard let algorithm = SignatureAlgorithm(rawValue: String(name.dropFirst(Self.fido2Prefix.count))) else {
                return nil
            }
            self = .fido2(algorithm)
        } else {
            guard let algorithm = SignatureAlgorithm(rawValue: name) else { return nil }
            self = .plain(algorithm)
        }
    }
}
