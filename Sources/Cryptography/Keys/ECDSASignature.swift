// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// The two spellings of an ECDSA signature on P-256.
public enum ECDSASignature {
    /// DER (RFC 3279 §2.2.3) from JOSE's 64 bytes (RFC 7518 §3.4).
    public static func der(fromRaw raw: [UInt8]) throws(CryptographyError) -> [UInt8] {
        guard raw.count == 64, let signature = ECDSA_SIG_new() else { throw .invalidKey }
        defer { ECDSA_SIG_free(signature) }
        let r = raw.withUnsafeBufferPointer { BN_bin2bn($0.baseAddress, 32, nil) }
        let s = raw.withUnsafeBufferPointer { BN_bin2bn($0.baseAddress.map { $0 + 32 }, 32, nil) }
        guard ECDSA_SIG_set0(signature, r, s) == 1 else { throw .libraryFailure(function: "ECDSA_SIG_set0") }
        var output: UnsafeMutablePointer<UInt8>?
        let length = i2d_ECDSA_SIG(signature, &output)
        guard length > 0, let output else { throw .libraryFailure(function: "i2d_ECDSA_SIG") }
        defer { CRYPTO_free(output, nil, 0) }
        return Array(UnsafeBufferPointer(start: output, count: Int(length)))
    }

    /// JOSE's 64 bytes from DER.
    public static func raw(fromDER der: [UInt8]) throws(CryptographyError) -> [UInt8] {
        let parsed = der.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return d2i_ECDSA_SIG(nil, &start, buffer.count)
        }
        guard let signature = parsed else { throw .libraryFailure(function: "d2i_ECDSA_SIG") }
        defer { ECDSA_SIG_free(signature) }
        var raw = [UInt8](repeating: 0, count: 64)
        let fits = raw.withUnsafeMutableBufferPointer { buffer in
            BN_bn2binpad(ECDSA_SIG_get0_r(signature), buffer.baseAddress, 32) == 32
                && BN_bn2binpad(ECDSA_SIG_get0_s(signature), buffer.baseAddress.map { $0 + 32 }, 32) == 32
        }
        guard fits else { throw .libraryFailure(function: "BN_bn2binpad") }
        return raw
    }
}
