// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// Owns one `X509`.
///
/// `@unchecked Sendable` holds because the certificate is complete before it is wrapped and never changed after; what OpenSSL
/// computes of it later it keeps under a lock of its own.
final class CertificateHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Reads one certificate in DER, with nothing behind it.
    init(der: [UInt8]) throws(CryptographyError) {
        defer { ERR_clear_error() }
        guard der.count <= Certificate.maximumLength else { throw .malformedCertificate }
        let (certificate, read) = der.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            let certificate = d2i_X509(nil, &start, buffer.count)
            return (certificate, start.map { $0 - (buffer.baseAddress ?? $0) } ?? 0)
        }
        guard let certificate else { throw .malformedCertificate }
        pointer = certificate
        // A purpose of -1 only reads the extensions; a malformed or repeated one is noted in the flags.
        _ = X509_check_purpose(pointer, -1, 0)
        guard read == der.count, X509_get_extension_flags(pointer) & UInt32(EXFLAG_INVALID) == 0 else {
            throw .malformedCertificate
        }
    }

    /// Takes over the caller's reference.
    init(owning pointer: OpaquePointer) { self.pointer = pointer }

    deinit { X509_free(pointer) }

    /// Whether the other's name is the issuer's, and its key made the signature.
    func isSigned(by other: CertificateHandle) -> Bool {
        defer { ERR_clear_error() }
        return X509_NAME_cmp(X509_get_issuer_name(pointer), X509_get_subject_name(other.pointer)) == 0
            && X509_verify(pointer, X509_get0_pubkey(other.pointer)) == 1
    }

    /// The subject's name by RFC 2253.
    var subject: String { Self.text(of: X509_get_subject_name(pointer)) }

    var der: [UInt8] {
        var output: UnsafeMutablePointer<UInt8>?
        let length = i2d_X509(pointer, &output)
        guard length > 0, let output else { return [] }
        defer { CRYPTO_free(output, nil, 0) }
        return Array(UnsafeBufferPointer(start: output, count: Int(length)))
    }

    /// A name by RFC 2253, whose non-ASCII letters stay what they are.
    static func text(of name: OpaquePointer?) -> String {
        guard let memory = BIO_new(BIO_s_mem()) else { return "" }
        defer { BIO_free(memory) }
        let shown = distinguishedNameFlags & ~UInt(ASN1_STRFLGS_ESC_MSB)
        guard X509_NAME_print_ex(memory, name, 0, shown) >= 0 else { return "" }
        return String(decoding: contents(of: memory), as: UTF8.self)
    }

    private static func contents(of memory: OpaquePointer) -> [UInt8] {
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1024)
        while case let count = BIO_read(memory, &chunk, Int32(chunk.count)), count > 0 {
            output += chunk.prefix(Int(count))
        }
        return output
    }

    /// Seconds since 1970; `nil` where it is no time.
    static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
        guard let time, let epoch = ASN1_TIME_set(nil, 0) else { return nil }
        defer { ASN1_TIME_free(epoch) }
        var days: Int32 = 0
        var seconds: Int32 = 0
        guard ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { return nil }
        return Int64(days) * 86_400 + Int64(seconds)
    }

    /// An object identifier in dotted form.
    static func dotted(_ object: OpaquePointer?) -> String? {
        var text = [CChar](repeating: 0, count: 128)
        let length = OBJ_obj2txt(&text, Int32(text.count), object, 1)
        guard length > 0, Int(length) < text.count else { return nil }
        return String(decoding: text.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static func bytes(_ string: UnsafePointer<ASN1_STRING>?) -> [UInt8] {
        guard let string, let data = ASN1_STRING_get0_data(string) else { return [] }
        return Array(UnsafeBufferPointer(start: data, count: max(0, Int(ASN1_STRING_length(string)))))
    }
}

/// `XN_FLAG_RFC2253`; the macro is an expression that Swift does not import.
private let distinguishedNameFlags: UInt =
    UInt(
        ASN1_STRFLGS_ESC_2253 | ASN1_STRFLGS_ESC_CTRL | ASN1_STRFLGS_ESC_MSB | ASN1_STRFLGS_UTF8_CONVERT
            | ASN1_STRFLGS_DUMP_UNKNOWN | ASN1_STRFLGS_DUMP_DER) | UInt(XN_FLAG_SEP_COMMA_PLUS) | UInt(XN_FLAG_DN_REV)
    | UInt(XN_FLAG_FN_SN) | UInt(XN_FLAG_DUMP_UNKNOWN_FIELDS)
