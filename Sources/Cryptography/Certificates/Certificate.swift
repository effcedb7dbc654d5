// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// An X.509 certificate (RFC 5280), as far as a device needs to read one. Nothing here says whether it is to be believed.
public struct Certificate: Sendable {
    /// The certificate in DER.
    public let der: [UInt8]
    /// The key that it speaks of.
    public let publicKey: PublicKey
    /// The subject's name, as RFC 2253 writes one; whoever made the certificate chose it.
    public let subject: String
    /// When it begins to count, in seconds since 1970.
    public let notBefore: Int64
    /// When it ends to count, in seconds since 1970.
    public let notAfter: Int64

    /// Reads a certificate.
    ///
    /// - Throws: ``CryptographyError/invalidKey`` where it is none, has bytes behind it, or has a key that is not spoken here.
    public init(der: [UInt8]) throws(CryptographyError) {
        defer { ERR_clear_error() }
        let (parsed, read) = der.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            let parsed = d2i_X509(nil, &start, buffer.count)
            return (parsed, start.map { $0 - (buffer.baseAddress ?? $0) } ?? 0)
        }
        guard let certificate = parsed else { throw .invalidKey }
        defer { X509_free(certificate) }
        guard read == der.count, let key = X509_get_pubkey(certificate) else { throw .invalidKey }
        self.der = der
        publicKey = try PublicKey(of: KeyHandle(owning: key))
        subject = try Self.text(of: X509_get_subject_name(certificate))
        notBefore = try Self.seconds(X509_get0_notBefore(certificate))
        notAfter = try Self.seconds(X509_get0_notAfter(certificate))
    }

    /// OpenSSL's `XN_FLAG_RFC2253` without `ASN1_STRFLGS_ESC_MSB`, so that other alphabets than Latin stay readable; the macro is
    /// not seen from Swift.
    private static let nameFlags: UInt = 0x0111_0313

    private static func text(of name: OpaquePointer?) throws(CryptographyError) -> String {
        guard let output = BIO_new(BIO_s_mem()) else { throw .libraryFailure(function: "BIO_new") }
        defer { BIO_free(output) }
        guard X509_NAME_print_ex(output, name, 0, nameFlags) >= 0 else { throw .invalidKey }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = BIO_read(output, &bytes, Int32(bytes.count))
        return String(decoding: bytes.prefix(max(0, Int(count))), as: UTF8.self)
    }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) throws(CryptographyError) -> Int64 {
        guard let epoch = ASN1_TIME_set(nil, 0) else { throw .libraryFailure(function: "ASN1_TIME_set") }
        defer { ASN1_TIME_free(epoch) }
        var days: Int32 = 0
        var seconds: Int32 = 0
        guard ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { throw .invalidKey }
        return Int64(days) * 86400 + Int64(seconds)
    }
}
