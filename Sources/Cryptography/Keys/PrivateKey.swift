// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// A private key in this process's memory, in OpenSSL's care, which wipes it.
public struct PrivateKey: Sendable {
    /// The public half.
    public let publicKey: PublicKey
    let handle: KeyHandle

    private init(_ handle: KeyHandle) throws(CryptographyError) {
        self.handle = handle
        publicKey = try PublicKey(of: handle)
    }

    /// The algorithm of its signatures.
    public var algorithm: SignatureAlgorithm { publicKey.algorithm }

    /// A new key; RSA ones have 2,048 bits, and take a tenth of a second or so.
    public static func generate(_ algorithm: SignatureAlgorithm) throws(CryptographyError) -> PrivateKey {
        let (type, curve): (String, String?) =
            switch algorithm {
            case .es256: ("EC", "P-256")
            case .es384: ("EC", "P-384")
            case .rs256: ("RSA", nil)
            case .edDSA: ("ED25519", nil)
            }
        guard let context = EVP_PKEY_CTX_new_from_name(nil, type, nil) else {
            throw .libraryFailure(function: "EVP_PKEY_CTX_new_from_name")
        }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1,
            curve.map({ EVP_PKEY_CTX_set_group_name(context, $0) == 1 }) ?? true,
            algorithm == .rs256 ? EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048) == 1 : true,
            EVP_PKEY_generate(context, &key) == 1, let key
        else { throw .libraryFailure(function: "EVP_PKEY_generate") }
        return try PrivateKey(KeyHandle(owning: key))
    }

    /// The signature over a message, in JOSE's form (RFC 7518 §3.3, §3.4; RFC 8037 §3.1).
    public func sign(_ message: [UInt8]) throws(CryptographyError) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw .libraryFailure(function: "EVP_MD_CTX_new") }
        defer { EVP_MD_CTX_free(context) }
        var length = Int(EVP_PKEY_get_size(handle.pointer))
        var signature = [UInt8](repeating: 0, count: length)
        guard EVP_DigestSignInit(context, nil, algorithm.digest, nil, handle.pointer) == 1,
            EVP_DigestSign(context, &signature, &length, message, message.count) == 1
        else { throw .libraryFailure(function: "EVP_DigestSign") }
        signature.removeLast(signature.count - length)
        guard let size = algorithm.coordinateSize else { return signature }
        return try ECDSASignature.raw(fromDER: signature, coordinateSize: size)
    }
}

// MARK: - PKCS#8

extension PrivateKey {
    /// The encrypted PKCS#8 form (RFC 5958, PBES2 of RFC 8018 with AES-256-CBC) in DER.
    ///
    /// The key is derived from the passphrase by scrypt (RFC 7914 §7) at the given cost.
    public func encryptedPKCS8(passphrase: SecretBytes, stretchedBy scrypt: Scrypt) throws(CryptographyError) -> [UInt8]
    {
        guard let information = EVP_PKEY2PKCS8(handle.pointer) else {
            throw .libraryFailure(function: "EVP_PKEY2PKCS8")
        }
        defer { PKCS8_PRIV_KEY_INFO_free(information) }
        guard
            let algorithm = PKCS5_pbe2_set_scrypt(
                EVP_aes_256_cbc(), nil, 0, nil, scrypt.cost, scrypt.blockSize, scrypt.parallelism)
        else { throw .libraryFailure(function: "PKCS5_pbe2_set_scrypt") }
        let encrypted = passphrase.withUnsafeBytes { passphrase in
            PKCS8_set0_pbe(
                passphrase.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(passphrase.count), information,
                algorithm)
        }
        guard let encrypted else {
            X509_ALGOR_free(algorithm)
            throw .libraryFailure(function: "PKCS8_set0_pbe")
        }
        defer { X509_SIG_free(encrypted) }
        var output: UnsafeMutablePointer<UInt8>?
        let length = i2d_X509_SIG(encrypted, &output)
        guard length > 0, let output else { throw .libraryFailure(function: "i2d_X509_SIG") }
        defer { CRYPTO_free(output, nil, 0) }
        return Array(UnsafeBufferPointer(start: output, count: Int(length)))
    }

    /// Opens an encrypted PKCS#8 key in DER.
    ///
    /// - Throws: ``CryptographyError/cannotDecryptKey`` for a wrong passphrase and for damaged bytes alike.
    public init(encryptedPKCS8 der: [UInt8], passphrase: SecretBytes) throws(CryptographyError) {
        defer { ERR_clear_error() }
        let parsed = der.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return d2i_X509_SIG(nil, &start, buffer.count)
        }
        guard let encrypted = parsed else { throw .cannotDecryptKey }
        defer { X509_SIG_free(encrypted) }
        let information = passphrase.withUnsafeBytes { passphrase in
            PKCS8_decrypt(
                encrypted, passphrase.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(passphrase.count))
        }
        guard let information else { throw .cannotDecryptKey }
        defer { PKCS8_PRIV_KEY_INFO_free(information) }
        guard let key = EVP_PKCS82PKEY(information) else { throw .cannotDecryptKey }
        try self.init(KeyHandle(owning: key))
    }
}
