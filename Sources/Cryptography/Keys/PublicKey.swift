// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// A public key that verifies signatures of one algorithm.
public struct PublicKey: Sendable {
    /// The numbers that make the key, big-endian.
    public enum Material: Hashable, Sendable {
        /// A point on P-256, each coordinate 32 bytes.
        case p256(x: [UInt8], y: [UInt8])
        /// An RSA key without leading zeros.
        case rsa(modulus: [UInt8], exponent: [UInt8])
    }

    /// The numbers that make the key.
    public let material: Material
    private let handle: KeyHandle

    /// A key from its numbers.
    ///
    /// - Throws: ``CryptographyError/invalidKey`` where the point is not on the curve, the modulus is not 2,048 to 4,096
    ///   bits, or the exponent is not odd and of 17 to 64 bits.
    public init(_ material: Material) throws(CryptographyError) {
        self.material = material
        switch material {
        case .p256(let x, let y):
            guard x.count == 32, y.count == 32 else { throw .invalidKey }
            let builder = ParameterBuilder()
            builder.push(text: "P-256", as: OSSL_PKEY_PARAM_GROUP_NAME)
            builder.push(bytes: [4] + x + y, as: OSSL_PKEY_PARAM_PUB_KEY)
            handle = try builder.key(ofType: "EC", selection: publicKeySelection)
        case .rsa(let modulus, let exponent):
            guard (256...512).contains(modulus.count), modulus[0] >= 0x80 || modulus.count > 256, modulus[0] != 0,
                (3...8).contains(exponent.count), exponent[0] != 0, exponent[exponent.count - 1] & 1 == 1
            else { throw .invalidKey }
            let builder = ParameterBuilder()
            builder.push(number: modulus, as: OSSL_PKEY_PARAM_RSA_N)
            builder.push(number: exponent, as: OSSL_PKEY_PARAM_RSA_E)
            handle = try builder.key(ofType: "RSA", selection: publicKeySelection)
        }
    }

    init(of handle: KeyHandle) throws(CryptographyError) {
        self.handle = handle
        if EVP_PKEY_is_a(handle.pointer, "EC") == 1 {
            material = .p256(
                x: try handle.number(OSSL_PKEY_PARAM_EC_PUB_X, paddedTo: 32),
                y: try handle.number(OSSL_PKEY_PARAM_EC_PUB_Y, paddedTo: 32))
        } else {
            material = .rsa(
                modulus: try handle.number(OSSL_PKEY_PARAM_RSA_N), exponent: try handle.number(OSSL_PKEY_PARAM_RSA_E))
        }
    }

    /// The one algorithm whose signatures this key verifies.
    public var algorithm: SignatureAlgorithm {
        switch material {
        case .p256: .es256
        case .rsa: .rs256
        }
    }

    /// Whether a signature, in JOSE's form (RFC 7518 §3.3, §3.4), is this key's over the message.
    public func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        var signature = signature
        if algorithm == .es256 {
            guard let der = try? ECDSASignature.der(fromRaw: signature) else { return false }
            signature = der
        }
        guard let context = EVP_MD_CTX_new() else { return false }
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        return EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, handle.pointer) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}

extension PublicKey: Hashable {
    public static func == (left: PublicKey, right: PublicKey) -> Bool { left.material == right.material }
    public func hash(into hasher: inout Hasher) { hasher.combine(material) }
}
