// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// A block cipher on single blocks: what challenges and responses of smart cards are made with (NIST SP 800-73-4 Part 2 §3.2.4).
/// Not for messages: a block alone hides nothing that is said twice.
public enum BlockCipher: String, Hashable, Sendable, CaseIterable {
    /// Triple DES with three keys (NIST SP 800-67).
    case tripleDES
    /// AES with 128 bits (FIPS 197).
    case aes128
    /// AES with 192 bits.
    case aes192
    /// AES with 256 bits.
    case aes256

    /// How many bytes a key has.
    public var keySize: Int {
        switch self {
        case .tripleDES, .aes192: 24
        case .aes128: 16
        case .aes256: 32
        }
    }

    /// How many bytes a block has.
    public var blockSize: Int { self == .tripleDES ? 8 : 16 }

    /// Encrypts one block.
    ///
    /// - Throws: ``CryptographyError/invalidKey`` where key or block have another size.
    public func encrypt(_ block: [UInt8], key: SecretBytes) throws(CryptographyError) -> [UInt8] {
        try run(block, key: key, encrypting: true)
    }

    /// Decrypts one block.
    ///
    /// - Throws: ``CryptographyError/invalidKey`` where key or block have another size.
    public func decrypt(_ block: [UInt8], key: SecretBytes) throws(CryptographyError) -> [UInt8] {
        try run(block, key: key, encrypting: false)
    }

    private var cipher: OpaquePointer? {
        switch self {
        case .tripleDES: EVP_des_ede3_ecb()
        case .aes128: EVP_aes_128_ecb()
        case .aes192: EVP_aes_192_ecb()
        case .aes256: EVP_aes_256_ecb()
        }
    }

    private func run(_ block: [UInt8], key: SecretBytes, encrypting: Bool) throws(CryptographyError) -> [UInt8] {
        guard block.count == blockSize, key.count == keySize else { throw .invalidKey }
        guard let context = EVP_CIPHER_CTX_new() else { throw .libraryFailure(function: "EVP_CIPHER_CTX_new") }
        defer {
            EVP_CIPHER_CTX_free(context)
            ERR_clear_error()
        }
        var output = [UInt8](repeating: 0, count: 2 * blockSize)
        var length: Int32 = 0
        let done = key.withUnsafeBytes { key in
            EVP_CipherInit_ex2(
                context, cipher, key.baseAddress?.assumingMemoryBound(to: UInt8.self), nil, encrypting ? 1 : 0, nil)
                == 1
                && EVP_CIPHER_CTX_set_padding(context, 0) == 1
                && EVP_CipherUpdate(context, &output, &length, block, Int32(block.count)) == 1
        }
        guard done, length == Int32(blockSize) else { throw .libraryFailure(function: "EVP_CipherUpdate") }
        return Array(output.prefix(blockSize))
    }
}
