// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibfido2
internal import Cryptography
internal import Glibc
internal import WebAuthn

extension SecretBytes {
    /// Lends the bytes as a C string, in a copy that is wiped.
    func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: count + 1)
        defer {
            explicit_bzero(copy, count + 1)
            copy.deallocate()
        }
        copy.initialize(repeating: 0, count: count + 1)
        withUnsafeBytes { bytes in
            for (index, byte) in bytes.enumerated() { copy[index] = CChar(bitPattern: byte) }
        }
        return body(copy)
    }
}

extension MadeCredential {
    /// Copies what the library read.
    init(copying credential: OpaquePointer) {
        format = fido_cred_fmt(credential).map { String(cString: $0) } ?? ""
        attestationStatement = Self.bytes(fido_cred_attstmt_ptr(credential), fido_cred_attstmt_len(credential))
        authenticatorData = Self.bytes(fido_cred_authdata_raw_ptr(credential), fido_cred_authdata_raw_len(credential))
    }

    fileprivate static func bytes(_ start: UnsafePointer<UInt8>?, _ count: Int) -> [UInt8] {
        Array(UnsafeBufferPointer(start: start, count: start == nil ? 0 : count))
    }
}

extension MadeAssertion {
    /// Copies what the library read; `nil` where it is no assertion.
    init?(copying assertion: OpaquePointer) {
        // The library gives the authenticator data as the CBOR byte string that it came in.
        let encoded = MadeCredential.bytes(
            fido_assert_authdata_ptr(assertion, 0), fido_assert_authdata_len(assertion, 0))
        guard let data = (try? CBOR(decoding: encoded))?.bytes else { return nil }
        authenticatorData = data
        signature = MadeCredential.bytes(fido_assert_sig_ptr(assertion, 0), fido_assert_sig_len(assertion, 0))
    }
}
