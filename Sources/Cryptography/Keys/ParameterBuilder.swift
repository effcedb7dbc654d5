// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// Collects the numbers of a key and makes an `EVP_PKEY` of them (`OSSL_PARAM_BLD(3)`).
final class ParameterBuilder {
    private let builder = OSSL_PARAM_BLD_new()
    private var numbers: [OpaquePointer?] = []
    private var buffers: [UnsafeMutableRawBufferPointer] = []
    private var failed = false

    deinit {
        OSSL_PARAM_BLD_free(builder)
        for number in numbers { BN_clear_free(number) }
        for buffer in buffers { buffer.deallocate() }
    }

    func push(text: String, as name: String) {
        check(OSSL_PARAM_BLD_push_utf8_string(builder, kept(name), kept(text), 0))
    }

    func push(bytes: [UInt8], as name: String) {
        let buffer = kept(bytes)
        check(OSSL_PARAM_BLD_push_octet_string(builder, kept(name), buffer.baseAddress, buffer.count))
    }

    func push(number bytes: [UInt8], as name: String) {
        let number = BN_bin2bn(bytes, Int32(bytes.count), nil)
        numbers.append(number)
        check(OSSL_PARAM_BLD_push_BN(builder, kept(name), number))
    }

    /// A point on a named curve.
    func point(on curve: String, x: [UInt8], y: [UInt8]) throws(CryptographyError) -> KeyHandle {
        push(text: curve, as: OSSL_PKEY_PARAM_GROUP_NAME)
        push(bytes: [4] + x + y, as: OSSL_PKEY_PARAM_PUB_KEY)
        return try key(ofType: "EC", selection: publicKeySelection)
    }

    // The library keeps pointers to names and values until the parameters are made, so the copies live as long as this.

    private func kept(_ bytes: [UInt8]) -> UnsafeMutableRawBufferPointer {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        buffer.copyBytes(from: bytes)
        buffers.append(buffer)
        return buffer
    }

    private func kept(_ text: String) -> UnsafePointer<CChar>? {
        UnsafePointer(kept(Array(text.utf8) + [0]).assumingMemoryBound(to: CChar.self).baseAddress)
    }

    func key(ofType type: String, selection: Int32) throws(CryptographyError) -> KeyHandle {
        defer { ERR_clear_error() }
        guard !failed, let parameters = OSSL_PARAM_BLD_to_param(builder) else {
            throw .libraryFailure(function: "OSSL_PARAM_BLD_to_param")
        }
        defer { OSSL_PARAM_free(parameters) }
        guard let context = EVP_PKEY_CTX_new_from_name(nil, type, nil) else {
            throw .libraryFailure(function: "EVP_PKEY_CTX_new_from_name")
        }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_fromdata_init(context) == 1, EVP_PKEY_fromdata(context, &key, selection, parameters) == 1,
            let key
        else { throw .invalidKey }
        return KeyHandle(owning: key)
    }

    private func check(_ result: Int32) { if result != 1 { failed = true } }
}

/// The selection `EVP_PKEY_PUBLIC_KEY` of `EVP_PKEY_fromdata(3)`; the macro is an expression that Swift does not import.
let publicKeySelection: Int32 = selectAllParameters | selectPublicKey
private let selectPublicKey: Int32 = 0x02
private let selectAllParameters: Int32 = 0x04 | 0x80
