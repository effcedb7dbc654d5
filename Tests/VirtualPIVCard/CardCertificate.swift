// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// Makes the certificates of the virtual card's maker.
enum CardCertificate {
    /// An extension that is not known to OpenSSL.
    struct Extension {
        var identifier: String
        var value: [UInt8]
        var isCritical = false
    }

    /// A certificate in DER.
    static func make(
        subject: String, key: CardKey, issuer: String, signedBy issuerKey: CardKey, serial: Int, extensions: [Extension]
    ) -> [UInt8] {
        let certificate = X509_new()
        defer { X509_free(certificate) }
        X509_set_version(certificate, 2)
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial)
        X509_gmtime_adj(X509_getm_notBefore(certificate), -86400)
        X509_gmtime_adj(X509_getm_notAfter(certificate), 10 * 365 * 86400)
        name(X509_get_subject_name(certificate), subject)
        name(X509_get_issuer_name(certificate), issuer)
        X509_set_pubkey(certificate, key.pointer)
        for item in extensions { add(item, to: certificate) }
        X509_sign(certificate, issuerKey.pointer, issuerKey.algorithm == 0xE0 ? nil : EVP_sha256())
        var output: UnsafeMutablePointer<UInt8>?
        let length = i2d_X509(certificate, &output)
        defer { CRYPTO_free(output, nil, 0) }
        return Array(UnsafeBufferPointer(start: output, count: Int(length)))
    }

    /// `basicConstraints` of an authority (RFC 5280 §4.2.1.9).
    static let authority = Extension(
        identifier: "2.5.29.19", value: [0x30, 0x03, 0x01, 0x01, 0xFF], isCritical: true)

    private static func name(_ name: OpaquePointer?, _ text: String) {
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, Array(text.utf8), Int32(text.utf8.count), -1, 0)
    }

    private static func add(_ item: Extension, to certificate: OpaquePointer?) {
        let value = ASN1_OCTET_STRING_new()
        defer { ASN1_OCTET_STRING_free(value) }
        ASN1_OCTET_STRING_set(value, item.value, Int32(item.value.count))
        let object = OBJ_txt2obj(item.identifier, 1)
        defer { ASN1_OBJECT_free(object) }
        let made = X509_EXTENSION_create_by_OBJ(nil, object, item.isCritical ? 1 : 0, value)
        defer { X509_EXTENSION_free(made) }
        X509_add_ext(certificate, made, -1)
    }
}
