// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// A public key as cards write one (NIST SP 800-73-4 Part 2 §3.3.2, Table 10).
enum PublicKeyTemplate {
    /// Reads the answer to GENERATE ASYMMETRIC KEY PAIR.
    ///
    /// - Throws: ``CardFailure/malformed(_:)``.
    static func readAnswer(_ bytes: [UInt8], as algorithm: PIVAlgorithm) throws(CardFailure) -> PublicKey {
        try read(try BERTLV.value(of: 0x7F49, in: bytes, what: "public key"), as: algorithm)
    }

    /// Reads what stands inside the template.
    ///
    /// - Throws: ``CardFailure/malformed(_:)``, also where the key is not one of the algorithm.
    static func read(_ bytes: [UInt8], as algorithm: PIVAlgorithm) throws(CardFailure) -> PublicKey {
        let objects = try BERTLV.all(in: bytes, of: "public key")
        let material = try material(objects, algorithm)
        guard let key = try? PublicKey(material), PIVAlgorithm(of: key) == algorithm else {
            throw .malformed("public key")
        }
        return key
    }

    private static func material(
        _ objects: [BERTLV], _ algorithm: PIVAlgorithm
    ) throws(CardFailure) -> PublicKey.Material {
        switch algorithm {
        case .p256:
            let (x, y) = try point(objects, size: 32)
            return .p256(x: x, y: y)
        case .p384:
            let (x, y) = try point(objects, size: 48)
            return .p384(x: x, y: y)
        case .ed25519:
            guard let bytes = objects.value(0x86), bytes.count == 32 else { throw .malformed("public key") }
            return .ed25519(bytes)
        case .rsa2048, .rsa3072, .rsa4096:
            guard let modulus = objects.value(0x81), let exponent = objects.value(0x82) else {
                throw .malformed("public key")
            }
            return .rsa(modulus: modulus.trimmed, exponent: exponent.trimmed)
        }
    }

    private static func point(_ objects: [BERTLV], size: Int) throws(CardFailure) -> ([UInt8], [UInt8]) {
        guard let point = objects.value(0x86), point.count == 1 + 2 * size, point[0] == 4 else {
            throw .malformed("public key")
        }
        return (Array(point[1...size]), Array(point[(size + 1)...]))
    }
}

extension [UInt8] {
    /// A number without its leading zeros.
    fileprivate var trimmed: [UInt8] { Array(drop { $0 == 0 }) }
}
