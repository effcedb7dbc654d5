// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// AES in cipher feedback mode (SP 800-38A §6.3, with blocks of 128 bits): what TPMs protect objects with. It does not
/// authenticate; an HMAC around it must.
public enum AESCFB {
    /// Encrypts with an initialisation vector of zeroes, so that a key must serve one message alone.
    ///
    /// - Parameter key: 16 or 32 bytes.
    public static func encrypt(_ plaintext: SecretBytes, key: SecretBytes) throws(CryptographyError) -> [UInt8] {
        let cipher: OpaquePointer? =
            switch key.count {
            case 16: EVP_aes_128_cfb128()
            case 32: EVP_aes_256_cfb128()
            default: nil
            }
        guard cipher != nil else { throw .invalidKey }
        guard let context = EVP_CIPHER_CTX_new() else { throw .libraryFailure(function: "EVP_CIPHER_CTX_new") }
        defer { EVP_CIPHER_CTX_free(context) }
        var output = [UInt8](repeating: 0, count: plaintext.count)
        var length: Int32 = 0
        let vector = [UInt8](repeating: 0, count: 16)
        let done = key.withUnsafeBytes { key in
            plaintext.withUnsafeBytes { plaintext in
                EVP_EncryptInit_ex2(context, cipher, key.bindMemory(to: UInt8.self).baseAddress, vector, nil) == 1
                    && EVP_EncryptUpdate(
                        context, &output, &length, plaintext.bindMemory(to: UInt8.self).baseAddress,
                        Int32(plaintext.count)) == 1
            }
        }
        guard done, Int(length) == plaintext.count else { throw .libraryFailure(function: "EVP_EncryptUpdate") }
        return output
    }
}
