// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// What is known of revoked certificates. Nothing is fetched here.
public struct RevocationEvidence: Sendable {
    /// Lists of authorities.
    public var lists: [CertificateRevocationList]
    /// Answers about single certificates.
    public var responses: [OCSPResponse]

    /// Evidence; there may be none.
    public init(lists: [CertificateRevocationList] = [], responses: [OCSPResponse] = []) {
        self.lists = lists
        self.responses = responses
    }
}

/// How much must be known about revocation before a chain counts.
public enum RevocationPolicy: String, Hashable, Sendable, CaseIterable {
    /// Revocation is not looked at.
    case notChecked = "off"
    /// What is known to be revoked is refused; what is not known passes.
    case whereKnown = "where-known"
    /// The first certificate must be known not to be revoked; what else is known to be revoked is refused.
    case leaf = "leaf"
    /// All certificates below the anchor must be known not to be revoked.
    case wholeChain = "chain"
}

/// A list of revoked certificates (RFC 5280 §5), of which nothing is proven yet.
///
/// `@unchecked Sendable` holds because the list is complete before it is wrapped and never changed after. OpenSSL 3.0 sorts the
/// entries at the first look for one, and asks without its lock whether they are sorted: so `init` looks for one.
public final class CertificateRevocationList: @unchecked Sendable {
    /// The longest that is read, in bytes: those of large authorities have some ten megabytes.
    public static let maximumLength = 64 * 1024 * 1024

    let pointer: OpaquePointer

    /// Reads a list in DER, or in PEM.
    ///
    /// - Throws: ``CryptographyError/malformedCertificate``.
    public init(_ bytes: [UInt8]) throws(CryptographyError) {
        defer { ERR_clear_error() }
        guard bytes.count <= Self.maximumLength, let first = bytes.first else { throw .malformedCertificate }
        var copy = bytes
        let list: OpaquePointer? = copy.withUnsafeMutableBytes { buffer in
            guard first != DERReader.Tag.sequence else {
                var start = UnsafePointer(buffer.bindMemory(to: UInt8.self).baseAddress)
                return d2i_X509_CRL(nil, &start, buffer.count)
            }
            guard let memory = BIO_new_mem_buf(buffer.baseAddress, Int32(buffer.count)) else { return nil }
            defer { BIO_free(memory) }
            return PEM_read_bio_X509_CRL(memory, nil, nil, nil)
        }
        guard let list else { throw .malformedCertificate }
        pointer = list
        sort()
    }

    deinit { X509_CRL_free(pointer) }

    /// Has OpenSSL sort the entries, by looking for serial number 0.
    private func sort() {
        let serial = ASN1_INTEGER_new()
        defer { ASN1_INTEGER_free(serial) }
        var entry: OpaquePointer?
        _ = X509_CRL_get0_by_serial(pointer, &entry, serial)
    }

    /// Whether the list is the issuer's and has the certificate on it, however old it is.
    func revokes(_ certificate: CertificateHandle, issuedBy issuer: CertificateHandle) -> Bool {
        defer { ERR_clear_error() }
        guard X509_NAME_cmp(X509_CRL_get_issuer(pointer), X509_get_subject_name(issuer.pointer)) == 0,
            X509_CRL_verify(pointer, X509_get0_pubkey(issuer.pointer)) == 1
        else { return false }
        var entry: OpaquePointer?
        // 2 means that the entry takes a revocation back (removeFromCRL).
        return X509_CRL_get0_by_cert(pointer, &entry, certificate.pointer) == 1
    }
}
