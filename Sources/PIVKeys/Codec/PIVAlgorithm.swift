// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// The algorithms of keys in slots (NIST SP 800-78-5 Table 10; YubiKey's own for RSA-4096 and Ed25519).
public enum PIVAlgorithm: String, Hashable, Sendable, Codable, CaseIterable {
    /// ECDSA on P-256.
    case p256 = "P-256"
    /// ECDSA on P-384.
    case p384 = "P-384"
    /// RSA with 2,048 bits.
    case rsa2048 = "RSA-2048"
    /// RSA with 3,072 bits.
    case rsa3072 = "RSA-3072"
    /// RSA with 4,096 bits.
    case rsa4096 = "RSA-4096"
    /// Ed25519.
    case ed25519 = "Ed25519"

    /// The algorithm's identifier in commands.
    var identifier: UInt8 {
        switch self {
        case .p256: 0x11
        case .p384: 0x14
        case .rsa2048: 0x07
        case .rsa3072: 0x05
        case .rsa4096: 0x16
        case .ed25519: 0xE0
        }
    }

    /// The algorithm of an identifier; `nil` for one whose signatures are not spoken here.
    init?(identifier: UInt8) {
        guard let found = Self.allCases.first(where: { $0.identifier == identifier }) else { return nil }
        self = found
    }

    /// The algorithm of a key; `nil` for an RSA key of another size.
    init?(of key: PublicKey) {
        switch key.material {
        case .p256: self = .p256
        case .p384: self = .p384
        case .ed25519: self = .ed25519
        case .rsa(let modulus, _):
            switch modulus.count {
            case 256: self = .rsa2048
            case 384: self = .rsa3072
            case 512: self = .rsa4096
            default: return nil
            }
        }
    }

    /// How many bytes an RSA signature has; `nil` for the others.
    var modulusSize: Int? {
        switch self {
        case .rsa2048: 256
        case .rsa3072: 384
        case .rsa4096: 512
        case .p256, .p384, .ed25519: nil
        }
    }
}
