// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// A public key that verifies signatures of one algorithm.
public struct PublicKey: Sendable {
    /// The numbers that make the key, big-endian.
    public enum Material: Hashable, Sendable {
        /// A point on P-256, each coordinate 32 bytes.
        case p256(x: [UInt8], y: [UInt8])
        /// A point on P-384, each coordinate 48 bytes.
        case p384(x: [UInt8], y: [UInt8])
        /// An RSA key without leading zeros.
        case rsa(modulus: [UInt8], exponent: [UInt8])
        /// An Ed25519 key as RFC 8032 §5.1.2 encodes it, 32 bytes.
        case ed25519([UInt8])
    }

    /// The numbers that make the key.
    public let material: Material
    let handle: KeyHandle

    /// A key from its numbers.
    ///
    /// - Throws: ``CryptographyError/invalidKey`` where the point is not on the curve, the modulus is not 2,048 to 4,096
    ///   bits, or the exponent is not odd and of 17 to 64 bits.
    public init(_ material: Material) throws(CryptographyError) {
        self.material = material
        let builder = ParameterBuilder()
        switch material {
        case .p256(let x, let y):
            guard x.count == 32, y.count == 32 else { throw .invalidKey }
            handle = try builder.point(on: "P-256", x: x, y: y)
        case .p384(let x, let y):
            guard x.count == 48, y.count == 48 else { throw .invalidKey }
            handle = try builder.point(on: "P-384", x: x, y: y)
        case .rsa(let modulus, let exponent):
            guard Self.isAcceptable(modulus: modulus, exponent: exponent) else { throw .invalidKey }
            builder.push(number: modulus, as: OSSL_PKEY_PARAM_RSA_N)
            builder.push(number: exponent, as: OSSL_PKEY_PARAM_RSA_E)
            handle = try builder.key(ofType: "RSA", selection: publicKeySelection)
        case .ed25519(let bytes):
            guard bytes.count == 32 else { throw .invalidKey }
            builder.push(bytes: bytes, as: OSSL_PKEY_PARAM_PUB_KEY)
            handle = try builder.key(ofType: "ED25519", selection: publicKeySelection)
        }
    }

    /// A key from a `SubjectPublicKeyInfo` in DER (RFC 5280 §4.1.2.7).
    ///
    /// - Throws: ``CryptographyError/invalidKey`` where it is not one, has bytes behind it, or is of a kind or size that is not
    ///   spoken here.
    public init(subjectPublicKeyInfo der: [UInt8]) throws(CryptographyError) {
        defer { ERR_clear_error() }
        let (key, read) = der.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            let key = d2i_PUBKEY(nil, &start, buffer.count)
            return (key, start.map { $0 - (buffer.baseAddress ?? $0) } ?? 0)
        }
        guard let key else { throw .invalidKey }
        let handle = KeyHandle(owning: key)
        guard read == der.count else { throw .invalidKey }
        try self.init(of: handle)
    }

    init(of handle: KeyHandle) throws(CryptographyError) {
        self.handle = handle
        material = try handle.material()
        if case .rsa(let modulus, let exponent) = material {
            guard Self.isAcceptable(modulus: modulus, exponent: exponent) else { throw .invalidKey }
        }
    }

    private static func isAcceptable(modulus: [UInt8], exponent: [UInt8]) -> Bool {
        (256...512).contains(modulus.count) && modulus[0] != 0 && (modulus[0] >= 0x80 || modulus.count > 256)
            && (3...8).contains(exponent.count) && exponent[0] != 0 && exponent[exponent.count - 1] & 1 == 1
    }

    /// The one algorithm whose signatures this key verifies.
    public var algorithm: SignatureAlgorithm {
        switch material {
        case .p256: .es256
        case .p384: .es384
        case .rsa: .rs256
        case .ed25519: .edDSA
        }
    }

    /// The key as a `SubjectPublicKeyInfo` in DER (RFC 5280 §4.1.2.7).
    public func subjectPublicKeyInfo() throws(CryptographyError) -> [UInt8] {
        var output: UnsafeMutablePointer<UInt8>?
        let length = i2d_PUBKEY(handle.pointer, &output)
        guard length > 0, let output else { throw .libraryFailure(function: "i2d_PUBKEY") }
        defer { CRYPTO_free(output, nil, 0) }
        return Array(UnsafeBufferPointer(start: output, count: Int(length)))
    }

    /// Whether a signature, in JOSE's form (RFC 7518 §3.3, §3.4; RFC 8037 §3.1), is this key's over the message.
    public func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard let size = algorithm.coordinateSize else { return verifies(nativeSignature: signature, of: message) }
        guard let der = try? ECDSASignature.der(fromRaw: signature, coordinateSize: size) else { return false }
        return verifies(nativeSignature: der, of: message)
    }

    /// Whether a signature, in the form of X.509 and of FIDO2 (WebAuthn §6.5.5: ECDSA in DER), is this key's over the message.
    public func verifies(nativeSignature signature: [UInt8], of message: [UInt8]) -> Bool {
        verifies(signature, of: message, through: algorithm.digest)
    }

    /// Whether a signature in the form of X.509 is this key's over a message that goes through another digest than the key's
    /// own ``algorithm`` names: RSASSA-PKCS1-v1_5 (RFC 8017 §8.2) or ECDSA.
    ///
    /// An Ed25519 key makes no such signatures.
    public func verifies(nativeSignature signature: [UInt8], of message: [UInt8], digest: MessageDigest) -> Bool {
        if case .ed25519 = material { return false }
        return verifies(signature, of: message, through: digest.pointer)
    }

    private func verifies(_ signature: [UInt8], of message: [UInt8], through digest: OpaquePointer?) -> Bool {
        guard let context = EVP_MD_CTX_new() else { return false }
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        return EVP_DigestVerifyInit(context, nil, digest, nil, handle.pointer) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}

extension PublicKey: Hashable {
    public static func == (left: PublicKey, right: PublicKey) -> Bool { left.material == right.material }
    public func hash(into hasher: inout Hasher) { hasher.combine(material) }
}
