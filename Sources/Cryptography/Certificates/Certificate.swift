// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// An X.509 certificate (RFC 5280) that was taken apart, and of which nothing is proven.
public struct Certificate: Sendable {
    /// The longest that is read, in bytes.
    public static let maximumLength = 64 * 1024
    /// How many extensions are read at most.
    public static let maximumExtensions = 64

    /// An extension (RFC 5280 §4.2).
    public struct Extension: Hashable, Sendable {
        /// Its object identifier, in dotted form.
        public let oid: String
        /// Whether who does not know it must refuse the certificate.
        public let isCritical: Bool
        /// What is in it: the contents of `extnValue`.
        public let value: [UInt8]
    }

    /// An attribute of a name (RFC 5280 §4.1.2.4).
    public struct Attribute: Hashable, Sendable {
        /// Its type's object identifier, in dotted form.
        public let oid: String
        /// Its value, as UTF-8.
        public let value: String
    }

    /// The certificate as it was read.
    public let der: [UInt8]
    /// The key that it speaks of.
    public let publicKey: PublicKey
    /// The subject's name by RFC 2253, for people. Two names that read the same need not be the same.
    public let subject: String
    /// The issuer's name by RFC 2253, for people.
    public let issuer: String
    /// The attributes of the subject's name, in its order.
    public let subjectAttributes: [Attribute]
    /// The version, from 1.
    public let version: Int
    /// The serial number: big-endian, without leading zeroes.
    public let serialNumber: [UInt8]
    /// From when it is valid: seconds since 1970.
    public let notBefore: Int64
    /// Until when it is valid: seconds since 1970.
    public let notAfter: Int64
    /// All extensions, in its order; no two have the same identifier.
    public let extensions: [Extension]
    /// Whether basic constraints say that it may certify others (RFC 5280 §4.2.1.9).
    public let isCA: Bool
    /// How many certificates of authorities may follow it; `nil` where that is not bounded.
    public let pathLengthConstraint: Int?

    let handle: CertificateHandle

    /// Reads a certificate in DER.
    ///
    /// - Throws: ``CryptographyError/malformedCertificate`` where it is none, has bytes behind it or an extension twice;
    ///   ``CryptographyError/invalidKey`` where its key is of a kind or size that is not spoken here. Certificates of authorities
    ///   may have such keys: see ``AuthorityCertificate``.
    public init(der: [UInt8]) throws(CryptographyError) {
        let handle = try CertificateHandle(der: der)
        try self.init(handle, der: der)
    }

    /// Reads the one certificate of a PEM file (RFC 7468 §5).
    public init(pem: [UInt8]) throws(CryptographyError) {
        let found = try PEMCertificates.der(in: pem)
        guard found.count == 1 else { throw .malformedCertificate }
        try self.init(der: found[0])
    }

    private init(_ handle: CertificateHandle, der: [UInt8]) throws(CryptographyError) {
        self.handle = handle
        self.der = der
        let pointer = handle.pointer
        guard let notBefore = CertificateHandle.seconds(X509_get0_notBefore(pointer)),
            let notAfter = CertificateHandle.seconds(X509_get0_notAfter(pointer))
        else { throw .malformedCertificate }
        self.notBefore = notBefore
        self.notAfter = notAfter
        guard let key = X509_get_pubkey(pointer) else {
            ERR_clear_error()
            throw .invalidKey
        }
        publicKey = try PublicKey(of: KeyHandle(owning: key))
        subject = CertificateHandle.text(of: X509_get_subject_name(pointer))
        issuer = CertificateHandle.text(of: X509_get_issuer_name(pointer))
        subjectAttributes = try handle.subjectAttributes()
        version = X509_get_version(pointer) + 1
        serialNumber = CertificateHandle.bytes(X509_get0_serialNumber(pointer))
        extensions = try handle.extensions()
        isCA = X509_get_extension_flags(pointer) & UInt32(EXFLAG_CA) != 0
        let length = X509_get_pathlen(pointer)
        pathLengthConstraint = length < 0 ? nil : Int(length)
    }

    /// The extension of an identifier in dotted form, where it has one.
    public func extensionNamed(_ oid: String) -> Extension? { extensions.first { $0.oid == oid } }

    /// The value of the extension of an identifier in dotted form, where it has one.
    public func extensionValue(oid: String) -> [UInt8]? { extensionNamed(oid)?.value }

    /// The values of an attribute of the subject's name, by its dotted identifier.
    public func subjectValues(oid: String) -> [String] {
        subjectAttributes.filter { $0.oid == oid }.map(\.value)
    }

    /// Whether the subject may sign with its key: key usage says so, or says nothing (RFC 5280 §4.2.1.3).
    public var maySign: Bool { X509_get_key_usage(handle.pointer) & UInt32(KU_DIGITAL_SIGNATURE) != 0 }

    /// Whether the certificate is for the server of this name: its alternative names say so, or, where it has none, its common
    /// name (RFC 6125 §6.4); wildcards do not count.
    public func isFor(host: String) -> Bool {
        X509_check_host(handle.pointer, host, host.utf8.count, UInt32(X509_CHECK_FLAG_NO_WILDCARDS), nil) == 1
    }

    /// The identifier of the subject's key by the first method of RFC 5280 §4.2.1.2: SHA-1 of the bits of the key.
    public func keyIdentifier() throws(CryptographyError) -> [UInt8] {
        guard let bits = X509_get0_pubkey_bitstr(handle.pointer) else { throw .malformedCertificate }
        return try MessageDigest.sha1.hash(CertificateHandle.bytes(bits))
    }
}

extension Certificate: Hashable {
    public static func == (left: Certificate, right: Certificate) -> Bool { left.der == right.der }
    public func hash(into hasher: inout Hasher) { hasher.combine(der) }
}

extension CertificateHandle {
    /// The extensions; refuses more than are read, and any identifier twice (RFC 5280 §4.2).
    func extensions() throws(CryptographyError) -> [Certificate.Extension] {
        var found: [Certificate.Extension] = []
        let count = X509_get_ext_count(pointer)
        guard count <= Certificate.maximumExtensions else { throw .malformedCertificate }
        for index in 0..<max(0, count) {
            let one = X509_get_ext(pointer, index)
            guard let oid = Self.dotted(X509_EXTENSION_get_object(one)), !found.contains(where: { $0.oid == oid })
            else {
                throw .malformedCertificate
            }
            found.append(
                .init(
                    oid: oid, isCritical: X509_EXTENSION_get_critical(one) != 0,
                    value: Self.bytes(X509_EXTENSION_get_data(one))))
        }
        return found
    }

    /// The attributes of the subject's name.
    func subjectAttributes() throws(CryptographyError) -> [Certificate.Attribute] {
        let name = X509_get_subject_name(pointer)
        let count = X509_NAME_entry_count(name)
        guard count <= Certificate.maximumExtensions else { throw .malformedCertificate }
        var found: [Certificate.Attribute] = []
        for index in 0..<max(0, count) {
            let entry = X509_NAME_get_entry(name, index)
            guard let oid = Self.dotted(X509_NAME_ENTRY_get_object(entry)) else { throw .malformedCertificate }
            var utf8: UnsafeMutablePointer<UInt8>?
            let length = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry))
            guard length >= 0, let utf8 else { throw .malformedCertificate }
            defer { CRYPTO_free(utf8, nil, 0) }
            let bytes = UnsafeBufferPointer(start: utf8, count: Int(length))
            found.append(.init(oid: oid, value: String(decoding: bytes, as: UTF8.self)))
        }
        return found
    }
}
