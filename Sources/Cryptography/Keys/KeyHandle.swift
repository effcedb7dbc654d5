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
