// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// The two spellings of an ECDSA signature.
public enum ECDSASignature {
    /// DER (RFC 3279 §2.2.3) from JOSE's r and s (RFC 7518 §3.4).
    ///
    /// - Parameter coordinateSize: how many bytes r and s have each: 32 on P-256, 48 on P-384.
    public static func der(fromRaw raw: [UInt8], coordinateSize: Int) throws(CryptographyError) -> [UInt8] {
        guard raw.count == 2 * coordinateSize, let signature = ECDSA_SIG_new() else { throw .invalidKey }
        defer { ECDSA_SIG_free(signature) }
        let r = raw.withUnsafeBufferPointer { BN_bin2bn($0.baseAddress, Int32(coordinateSize), nil) }
        let s = raw.withUnsafeBufferPointer {
            BN_bin2bn($0.baseAddress.map { $0 + coordinateSize }, Int32(coordinateSize), nil)
        }
        guard ECDSA_SIG_set0(signature, r, s) == 1 else { throw .libraryFailure(function: "ECDSA_SIG_set0") }
        var output: UnsafeMutablePointer<UInt8>?
        let length = i2d_ECDSA_SIG(signature, &output)
        guard length > 0, let output else { throw .libraryFailure(function: "i2d_ECDSA_SIG") }
        defer { CRYPTO_free(output, nil, 0) }
        return Array(UnsafeBufferPointer(start: output, count: Int(length)))
    }

    /// JOSE's r and s from DER.
    ///
    /// - Parameter coordinateSize: how many bytes r and s get each.
    public static func raw(fromDER der: [UInt8], coordinateSize: Int) throws(CryptographyError) -> [UInt8] {
        let parsed = der.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return d2i_ECDSA_SIG(nil, &start, buffer.count)
        }
        guard let signature = parsed else { throw .libraryFailure(function: "d2i_ECDSA_SIG") }
        defer { ECDSA_SIG_free(signature) }
        var raw = [UInt8](repeating: 0, count: 2 * coordinateSize)
        let fits = raw.withUnsafeMutableBufferPointer { buffer in
            let size = Int32(coordinateSize)
            return BN_bn2binpad(ECDSA_SIG_get0_r(signature), buffer.baseAddress, size) == size
                && BN_bn2binpad(
                    ECDSA_SIG_get0_s(signature), buffer.baseAddress.map { $0 + coordinateSize }, size) == size
        }
        guard fits else { throw .libraryFailure(function: "BN_bn2binpad") }
        return raw
    }
}
