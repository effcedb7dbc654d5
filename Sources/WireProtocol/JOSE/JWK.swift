// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// A public key as JSON (RFC 7517, RFC 7518 §6, RFC 8037 §2), with the members that FastPass clients add.
public struct JWK: Hashable, Sendable {
    /// The key's name.
    public var keyID: String?
    /// The key.
    public var publicKey: PublicKey
    /// What the key is used for, such as `sig`.
    public var use: String?
    /// What the sender says of the key's protection (`okta:kpr`): `HARDWARE` or `SOFTWARE`. A claim, never a proof.
    public var claimedProtection: String?

    /// A key with its name.
    public init(keyID: String?, publicKey: PublicKey, use: String? = nil, claimedProtection: String? = nil) {
        self.keyID = keyID
        self.publicKey = publicKey
        self.use = use
        self.claimedProtection = claimedProtection
    }

    /// The thumbprint of RFC 7638 with SHA-256, in base64url.
    public var thumbprint: String {
        switch publicKey.material {
        case .p256(let x, let y):
            SHA256.base64URL(
                of: #"{"crv":"P-256","kty":"EC","x":"\#(Base64URL.encode(x))","y":"\#(Base64URL.encode(y))"}"#)
        case .p384(let x, let y):
            SHA256.base64URL(
                of: #"{"crv":"P-384","kty":"EC","x":"\#(Base64URL.encode(x))","y":"\#(Base64URL.encode(y))"}"#)
        case .ed25519(let x):
            SHA256.base64URL(of: #"{"crv":"Ed25519","kty":"OKP","x":"\#(Base64URL.encode(x))"}"#)
        case .rsa(let modulus, let exponent):
            SHA256.base64URL(
                of: #"{"e":"\#(Base64URL.encode(exponent))","kty":"RSA","n":"\#(Base64URL.encode(modulus))"}"#)
        }
    }
}

extension JWK: Codable {
    private enum CodingKeys: String, CodingKey {
        case keyType = "kty"
        case keyID = "kid"
        case algorithm = "alg"
        case curve = "crv"
        case use, x, y, n, e
        case privatePart = "d"
        case claimedProtection = "okta:kpr"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard !container.contains(.privatePart) else {
            throw DecodingError.dataCorruptedError(
                forKey: .privatePart, in: container, debugDescription: "a private key where a public one belongs")
        }
        func bytes(_ key: CodingKeys) throws -> [UInt8] {
            try Base64URL.decode(try container.decode(String.self, forKey: key))
        }
        switch try container.decode(String.self, forKey: .keyType) {
        case "EC":
            switch try container.decode(String.self, forKey: .curve) {
            case "P-256": publicKey = try PublicKey(.p256(x: try bytes(.x), y: try bytes(.y)))
            case "P-384": publicKey = try PublicKey(.p384(x: try bytes(.x), y: try bytes(.y)))
            default: throw CryptographyError.invalidKey
            }
        case "OKP":
            guard try container.decode(String.self, forKey: .curve) == "Ed25519" else {
                throw CryptographyError.invalidKey
            }
            publicKey = try PublicKey(.ed25519(try bytes(.x)))
        case "RSA":
            publicKey = try PublicKey(.rsa(modulus: try bytes(.n), exponent: try bytes(.e)))
        default:
            throw CryptographyError.invalidKey
        }
        keyID = try container.decodeIfPresent(String.self, forKey: .keyID)
        use = try container.decodeIfPresent(String.self, forKey: .use)
        claimedProtection = try container.decodeIfPresent(String.self, forKey: .claimedProtection)
        if let algorithm = try container.decodeIfPresent(String.self, forKey: .algorithm),
            algorithm != publicKey.algorithm.rawValue
        {
            throw CryptographyError.invalidKey
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(keyID, forKey: .keyID)
        try container.encodeIfPresent(use, forKey: .use)
        try container.encodeIfPresent(claimedProtection, forKey: .claimedProtection)
        try container.encode(publicKey.algorithm, forKey: .algorithm)
        switch publicKey.material {
        case .ed25519(let x):
            try container.encode("OKP", forKey: .keyType)
            try container.encode("Ed25519", forKey: .curve)
            try container.encode(Base64URL.encode(x), forKey: .x)
        case .p256(let x, let y), .p384(let x, let y):
            try container.encode("EC", forKey: .keyType)
            try container.encode(publicKey.algorithm == .es256 ? "P-256" : "P-384", forKey: .curve)
            try container.encode(Base64URL.encode(x), forKey: .x)
            try container.encode(Base64URL.encode(y), forKey: .y)
        case .rsa(let modulus, let exponent):
            try container.encode("RSA", forKey: .keyType)
            try container.encode(Base64URL.encode(modulus), forKey: .n)
            try container.encode(Base64URL.encode(exponent), forKey: .e)
        }
    }
}

/// A set of public keys (RFC 7517 §5).
public struct JWKSet: Hashable, Sendable, Codable {
    /// The keys, in the order of the sender.
    public var keys: [JWK]

    /// A set of these keys.
    public init(keys: [JWK]) { self.keys = keys }

    /// The key of a name, where exactly one bears it.
    public func key(named keyID: String) -> PublicKey? {
        let matches = keys.filter { $0.keyID == keyID }
        return matches.count == 1 ? matches[0].publicKey : nil
    }
}
