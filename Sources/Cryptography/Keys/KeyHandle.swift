// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// Owns one `EVP_PKEY`.
///
/// `@unchecked Sendable` holds because the key is complete before it is wrapped and never changed after; OpenSSL 3 lets any
/// number of threads use one such key, each with a context of its own, and so do all uses here.
final class KeyHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Takes over the caller's reference.
    init(owning pointer: OpaquePointer) { self.pointer = pointer }

    deinit { EVP_PKEY_free(pointer) }

    /// The public numbers of the key.
    ///
    /// - Throws: ``CryptographyError/invalidKey`` where it is of a kind that is not spoken here.
    func material() throws(CryptographyError) -> PublicKey.Material {
        if EVP_PKEY_is_a(pointer, "RSA") == 1 {
            return .rsa(
                modulus: try number(OSSL_PKEY_PARAM_RSA_N), exponent: try number(OSSL_PKEY_PARAM_RSA_E))
        }
        if EVP_PKEY_is_a(pointer, "ED25519") == 1 {
            var bytes = [UInt8](repeating: 0, count: 32)
            var length = bytes.count
            guard EVP_PKEY_get_raw_public_key(pointer, &bytes, &length) == 1, length == 32 else { throw .invalidKey }
            return .ed25519(bytes)
        }
        guard EVP_PKEY_is_a(pointer, "EC") == 1 else { throw .invalidKey }
        func coordinates(_ size: Int) throws(CryptographyError) -> ([UInt8], [UInt8]) {
            let x = try number(OSSL_PKEY_PARAM_EC_PUB_X, paddedTo: size)
            return (x, try number(OSSL_PKEY_PARAM_EC_PUB_Y, paddedTo: size))
        }
        switch groupName() {
        case "prime256v1": return Self.p256(try coordinates(32))
        case "secp384r1": return Self.p384(try coordinates(48))
        default: throw .invalidKey
        }
    }

    private static func p256(_ point: ([UInt8], [UInt8])) -> PublicKey.Material { .p256(x: point.0, y: point.1) }
    private static func p384(_ point: ([UInt8], [UInt8])) -> PublicKey.Material { .p384(x: point.0, y: point.1) }

    /// The name of the key's curve, as OpenSSL spells it.
    private func groupName() -> String? {
        var name = [CChar](repeating: 0, count: 64)
        var length = 0
        guard EVP_PKEY_get_group_name(pointer, &name, name.count, &length) == 1, length < name.count else { return nil }
        return String(decoding: name.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// One of the key's numbers, big-endian without leading zeros, padded on the left to a length.
    func number(_ name: String, paddedTo length: Int = 0) throws(CryptographyError) -> [UInt8] {
        var number: OpaquePointer?
        guard EVP_PKEY_get_bn_param(pointer, name, &number) == 1, let number else {
            throw .libraryFailure(function: "EVP_PKEY_get_bn_param")
        }
        defer { BN_clear_free(number) }
        let size = max(length, Int(BN_num_bits(number) + 7) / 8)
        var bytes = [UInt8](repeating: 0, count: size)
        guard BN_bn2binpad(number, &bytes, Int32(size)) == Int32(size) else {
            throw .libraryFailure(function: "BN_bn2binpad")
        }
        return bytes
    }
}
