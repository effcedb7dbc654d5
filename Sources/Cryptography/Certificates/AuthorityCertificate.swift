// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// A certificate of one that certifies others. Its key may be of any kind that OpenSSL verifies with: nothing else is done with it.
public struct AuthorityCertificate: Sendable, Hashable {
    /// The certificate as it was read.
    public let der: [UInt8]
    /// The subject's name by RFC 2253, for people.
    public let subject: String
    /// Whether subject and issuer have the same name, as in a root.
    public let isSelfIssued: Bool

    let handle: CertificateHandle

    /// Reads a certificate in DER.
    ///
    /// - Throws: ``CryptographyError/malformedCertificate``.
    public init(der: [UInt8]) throws(CryptographyError) {
        handle = try CertificateHandle(der: der)
        self.der = der
        subject = CertificateHandle.text(of: X509_get_subject_name(handle.pointer))
        isSelfIssued =
            X509_NAME_cmp(X509_get_subject_name(handle.pointer), X509_get_issuer_name(handle.pointer)) == 0
    }

    public static func == (left: AuthorityCertificate, right: AuthorityCertificate) -> Bool { left.der == right.der }
    public func hash(into hasher: inout Hasher) { hasher.combine(der) }
}

/// The certificates that an administrator trusts for one purpose: where a chain may end, and what may stand on the way.
public struct TrustedCertificates: Sendable, Hashable {
    /// Where a chain may end.
    public let anchors: [AuthorityCertificate]
    /// What helps to build a path to an anchor, and is itself believed only where an anchor certifies it.
    public let intermediates: [AuthorityCertificate]
    /// Whether an anchor may be certified by others, or be the very certificate that is checked (RFC 5280 §6.1 lets anchors be
    /// anything). Otherwise a chain ends at a root.
    public let allowsPartialChain: Bool

    /// The longest PEM file that is read, in bytes.
    public static let maximumFileLength = PEMCertificates.maximumLength

    /// Nothing trusted.
    public static let none = TrustedCertificates(anchors: [])

    /// These anchors.
    public init(
        anchors: [AuthorityCertificate], intermediates: [AuthorityCertificate] = [], allowsPartialChain: Bool = false
    ) {
        self.anchors = anchors
        self.intermediates = intermediates
        self.allowsPartialChain = allowsPartialChain
    }

    /// The certificates of a PEM file. Unless partial chains are allowed, the self-issued ones are anchors and the others are
    /// intermediates.
    ///
    /// - Throws: ``CryptographyError/malformedCertificate`` where the file has none, or one is broken.
    public init(pem: [UInt8], allowsPartialChain: Bool = false) throws(CryptographyError) {
        var all: [AuthorityCertificate] = []
        for der in try PEMCertificates.der(in: pem) { all.append(try AuthorityCertificate(der: der)) }
        self.init(
            anchors: allowsPartialChain ? all : all.filter(\.isSelfIssued),
            intermediates: allowsPartialChain ? [] : all.filter { !$0.isSelfIssued },
            allowsPartialChain: allowsPartialChain)
    }

    /// Whether nothing is trusted.
    public var isEmpty: Bool { anchors.isEmpty }
}
