// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// RSAES-OAEP (RFC 8017 §7.1).
public enum RSAOAEP {
    /// Encrypts to an RSA key.
    ///
    /// - Parameter label: goes into the padding; the receiver must know it.
    /// - Throws: ``CryptographyError/invalidKey`` where the key is of another kind.
    public static func encrypt(
        _ plaintext: SecretBytes, to key: PublicKey, digest: MessageDigest, label: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        guard case .rsa(let modulus, _) = key.material else { throw .invalidKey }
        defer { ERR_clear_error() }
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, key.handle.pointer, nil) else {
            throw .libraryFailure(function: "EVP_PKEY_CTX_new_from_pkey")
        }
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_encrypt_init(context) == 1,
            EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1,
            EVP_PKEY_CTX_set_rsa_oaep_md(context, digest.pointer) == 1,
            EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest.pointer) == 1
        else { throw .libraryFailure(function: "EVP_PKEY_encrypt_init") }
        try set(label: label, in: context)
        var output = [UInt8](repeating: 0, count: modulus.count)
        var length = output.count
        let done = plaintext.withUnsafeBytes { plaintext in
            EVP_PKEY_encrypt(
                context, &output, &length, plaintext.bindMemory(to: UInt8.self).baseAddress, plaintext.count)
        }
        guard done == 1, length == output.count else { throw .libraryFailure(function: "EVP_PKEY_encrypt") }
        return output
    }

    /// The library takes the label over and frees it, so it must come from the library's allocator.
    private static func set(label: [UInt8], in context: OpaquePointer) throws(CryptographyError) {
        guard !label.isEmpty else { return }
        guard let copy = CRYPTO_malloc(label.count, nil, 0) else { throw .libraryFailure(function: "CRYPTO_malloc") }
        copy.copyMemory(from: label, byteCount: label.count)
        guard EVP_PKEY_CTX_set0_rsa_oaep_label(context, copy, Int32(label.count)) == 1 else {
            CRYPTO_free(copy, nil, 0)
            throw .libraryFailure(function: "EVP_PKEY_CTX_set0_rsa_oaep_label")
        }
    }
}
