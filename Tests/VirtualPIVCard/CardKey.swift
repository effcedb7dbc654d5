// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// A private key on the virtual card: does what the chip of a real one does, by OpenSSL.
///
/// `@unchecked Sendable` holds because the key is made in `init` and not changed after; OpenSSL lets threads share it.
final class CardKey: @unchecked Sendable {
    let pointer: OpaquePointer
    let algorithm: UInt8

    /// Makes a key; `nil` for an algorithm that the card does not have.
    init?(algorithm: UInt8) {
        let type: String
        var curve: String?
        var bits: Int32 = 0
        switch algorithm {
        case 0x07: (type, bits) = ("RSA", 2048)
        case 0x05: (type, bits) = ("RSA", 3072)
        case 0x16: (type, bits) = ("RSA", 4096)
        case 0x11: (type, curve) = ("EC", "P-256")
        case 0x14: (type, curve) = ("EC", "P-384")
        case 0xE0: type = "ED25519"
        default: return nil
        }
        guard let context = EVP_PKEY_CTX_new_from_name(nil, type, nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        EVP_PKEY_keygen_init(context)
        if let curve { EVP_PKEY_CTX_set_group_name(context, curve) }
        if bits > 0 { EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits) }
        var key: OpaquePointer?
        guard EVP_PKEY_generate(context, &key) == 1, let key else { return nil }
        pointer = key
        self.algorithm = algorithm
    }

    deinit { EVP_PKEY_free(pointer) }

    /// How many bytes the card signs: a digest, a whole padded block, or for Ed25519 any number.
    var inputSize: Int? {
        switch algorithm {
        case 0x11: 32
        case 0x14: 48
        case 0x07: 256
        case 0x05: 384
        case 0x16: 512
        default: nil
        }
    }

    /// The key without its template's outer tag.
    var publicTemplate: [UInt8] {
        switch algorithm {
        case 0x11, 0x14: return TLV.write(0x86, octets(OSSL_PKEY_PARAM_PUB_KEY))
        case 0xE0:
            var bytes = [UInt8](repeating: 0, count: 32)
            var length = 32
            EVP_PKEY_get_raw_public_key(pointer, &bytes, &length)
            return TLV.write(0x86, bytes)
        default:
            return TLV.write(0x81, number(OSSL_PKEY_PARAM_RSA_N)) + TLV.write(0x82, number(OSSL_PKEY_PARAM_RSA_E))
        }
    }

    /// Signs what the command's challenge holds; `nil` where it has not the right length.
    func sign(_ input: [UInt8]) -> [UInt8]? {
        if let inputSize, input.count != inputSize { return nil }
        var length = 1024
        var output = [UInt8](repeating: 0, count: length)
        if algorithm == 0xE0 {
            let context = EVP_MD_CTX_new()
            defer { EVP_MD_CTX_free(context) }
            guard EVP_DigestSignInit(context, nil, nil, nil, pointer) == 1,
                EVP_DigestSign(context, &output, &length, input, input.count) == 1
            else { return nil }
            return Array(output.prefix(length))
        }
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, pointer, nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_sign_init(context) == 1 else { return nil }
        if inputSize ?? 0 >= 256, EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) != 1 { return nil }
        guard EVP_PKEY_sign(context, &output, &length, input, input.count) == 1 else { return nil }
        return Array(output.prefix(length))
    }

    private func octets(_ name: String) -> [UInt8] {
        var length = 0
        var bytes = [UInt8](repeating: 0, count: 256)
        EVP_PKEY_get_octet_string_param(pointer, name, &bytes, bytes.count, &length)
        return Array(bytes.prefix(length))
    }

    private func number(_ name: String) -> [UInt8] {
        var number: OpaquePointer?
        EVP_PKEY_get_bn_param(pointer, name, &number)
        defer { BN_free(number) }
        var bytes = [UInt8](repeating: 0, count: Int(BN_num_bits(number) + 7) / 8)
        BN_bn2bin(number, &bytes)
        return bytes
    }
}
