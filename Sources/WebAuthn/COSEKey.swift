// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// A credential's public key as authenticators write it (WebAuthn §6.5.1.1, RFC 9052 §7, RFC 9053 §7).
public struct COSEKey: Hashable, Sendable {
    /// The key.
    public let publicKey: PublicKey

    /// Algorithms by their numbers (RFC 9053 §2, RFC 8812 §2).
    public static func algorithm(_ number: Int) -> SignatureAlgorithm? {
        switch number {
        case -7: .es256
        case -35: .es384
        case -257: .rs256
        case -8: .edDSA
        default: nil
        }
    }

    /// The number of an algorithm.
    public static func number(of algorithm: SignatureAlgorithm) -> Int {
        switch algorithm {
        case .es256: -7
        case .es384: -35
        case .rs256: -257
        case .edDSA: -8
        }
    }

    /// A key.
    public init(_ publicKey: PublicKey) { self.publicKey = publicKey }

    /// Reads a key.
    ///
    /// It must name its algorithm and have nothing that is optional, as WebAuthn §6.5.1.1 wants; points are not compressed.
    /// - Throws: ``CryptographyError/invalidKey``.
    public init(_ value: CBOR) throws(CryptographyError) {
        guard let algorithm = value[Label.algorithm]?.integer.flatMap(Self.algorithm),
            let type = value[Label.type]?.integer, let count = value.pairs?.count
        else { throw .invalidKey }
        func bytes(_ label: Int) throws(CryptographyError) -> [UInt8] {
            guard let bytes = value[label]?.bytes else { throw .invalidKey }
            return bytes
        }
        let curve = value[Label.curve]?.integer
        switch (algorithm, type, curve, count) {
        case (.es256, 2, 1, 5): publicKey = try PublicKey(.p256(x: try bytes(Label.x), y: try bytes(Label.y)))
        case (.es384, 2, 2, 5): publicKey = try PublicKey(.p384(x: try bytes(Label.x), y: try bytes(Label.y)))
        case (.edDSA, 1, 6, 4): publicKey = try PublicKey(.ed25519(try bytes(Label.x)))
        case (.rs256, 3, nil, 4):
            publicKey = try PublicKey(
                .rsa(modulus: try bytes(Label.modulus), exponent: try bytes(Label.exponent)))
        default: throw .invalidKey
        }
    }

    /// The key in canonical CBOR.
    public var value: CBOR {
        var pairs: [(Int, CBOR)] = [(Label.algorithm, .integer(Self.number(of: publicKey.algorithm)))]
        switch publicKey.material {
        case .p256(let x, let y): pairs += [(1, .integer(2)), (-1, .integer(1)), (-2, .bytes(x)), (-3, .bytes(y))]
        case .p384(let x, let y): pairs += [(1, .integer(2)), (-1, .integer(2)), (-2, .bytes(x)), (-3, .bytes(y))]
        case .ed25519(let x): pairs += [(1, .integer(1)), (-1, .integer(6)), (-2, .bytes(x))]
        case .rsa(let n, let e): pairs += [(1, .integer(3)), (-1, .bytes(n)), (-2, .bytes(e))]
        }
        return .map(pairs.map { .init(.integer($0.0), $0.1) })
    }

    /// Labels of RFC 9052 §7.1 and RFC 9053 §7; the negative ones mean something else for each type.
    private enum Label {
        static let type = 1
        static let algorithm = 3
        static let curve = -1
        static let x = -2
        static let y = -3
        static let modulus = -1
        static let exponent = -2
    }
}
