// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// Owns one `X509_STORE` that is set up for one check.
final class CertificateStore {
    /// Keys and digests on a path must be worth 112 bits: SHA-256, RSA with 2,048 bits, and better.
    static let securityLevel: Int32 = 2
    static let maximumDepth: Int32 = 8

    let pointer: OpaquePointer

    /// A store of what is trusted, at a time.
    init?(_ trusted: TrustedCertificates, at time: Int64) {
        guard let store = X509_STORE_new() else { return nil }
        pointer = store
        for anchor in trusted.anchors {
            guard X509_STORE_add_cert(store, anchor.handle.pointer) == 1 else { return nil }
        }
        guard let parameters = X509_STORE_get0_param(store) else { return nil }
        X509_VERIFY_PARAM_set_time(parameters, Int(time))
        X509_VERIFY_PARAM_set_depth(parameters, Self.maximumDepth)
        X509_VERIFY_PARAM_set_auth_level(parameters, Self.securityLevel)
        if trusted.allowsPartialChain {
            X509_VERIFY_PARAM_set_flags(parameters, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        }
    }

    deinit { X509_STORE_free(pointer) }

    /// Looks for a path from a certificate to an anchor.
    ///
    /// - Parameter lists: where given, the certificate itself must be known not to be revoked.
    /// - Returns: the path, the certificate first.
    func path(
        from certificate: CertificateHandle, over others: [CertificateHandle],
        checking lists: [CertificateRevocationList]? = nil
    ) throws(CertificateChainError) -> [CertificateHandle] {
        defer { ERR_clear_error() }
        let untrusted = CertificateStack(others)
        let given = CertificateStack(lists: lists ?? [])
        guard let context = X509_STORE_CTX_new() else { throw .violation(code: X509_V_ERR_OUT_OF_MEM) }
        defer { X509_STORE_CTX_free(context) }
        guard X509_STORE_CTX_init(context, pointer, certificate.pointer, untrusted.pointer) == 1 else {
            throw .violation(code: X509_V_ERR_OUT_OF_MEM)
        }
        if lists != nil {
            X509_STORE_CTX_set0_crls(context, given.pointer)
            X509_STORE_CTX_set_flags(context, UInt(X509_V_FLAG_CRL_CHECK))
        }
        let verified = withExtendedLifetime((untrusted, given)) { X509_verify_cert(context) }
        guard verified == 1 else { throw CertificateChainError(code: X509_STORE_CTX_get_error(context)) }
        guard let chain = X509_STORE_CTX_get0_chain(context) else { throw .untrusted }
        return try CertificateStack.handles(of: chain)
    }
}

/// Owns a `STACK_OF(X509)` or `STACK_OF(X509_CRL)`, and keeps alive what is on it.
final class CertificateStack {
    let pointer: OpaquePointer?
    private let kept: [AnyObject]

    init(_ certificates: [CertificateHandle]) {
        pointer = OPENSSL_sk_new_null()
        kept = certificates
        for certificate in certificates { OPENSSL_sk_push(pointer, UnsafeRawPointer(certificate.pointer)) }
    }

    init(lists: [CertificateRevocationList]) {
        pointer = OPENSSL_sk_new_null()
        kept = lists
        for list in lists { OPENSSL_sk_push(pointer, UnsafeRawPointer(list.pointer)) }
    }

    deinit { OPENSSL_sk_free(pointer) }

    /// Copies of the certificates of a stack that belongs to another.
    static func handles(of stack: OpaquePointer) throws(CertificateChainError) -> [CertificateHandle] {
        var handles: [CertificateHandle] = []
        for index in 0..<OPENSSL_sk_num(stack) {
            guard let item = OPENSSL_sk_value(stack, index) else { throw .malformed }
            let certificate = OpaquePointer(item)
            guard X509_up_ref(certificate) == 1 else { throw .malformed }
            handles.append(CertificateHandle(owning: certificate))
        }
        return handles
    }
}

extension CertificateChainError {
    /// The reason behind OpenSSL's number.
    init(code: Int32) {
        self =
            switch code {
            case X509_V_ERR_CERT_HAS_EXPIRED: .expired
            case X509_V_ERR_CERT_NOT_YET_VALID: .notYetValid
            case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
                X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
                X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_CERT_UNTRUSTED, X509_V_ERR_CERT_CHAIN_TOO_LONG:
                .untrusted
            case X509_V_ERR_CERT_SIGNATURE_FAILURE, X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE,
                X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY:
                .badSignature
            case X509_V_ERR_EE_KEY_TOO_SMALL, X509_V_ERR_CA_KEY_TOO_SMALL, X509_V_ERR_CA_MD_TOO_WEAK: .tooWeak
            case X509_V_ERR_CERT_REVOKED: .revoked
            case X509_V_ERR_UNABLE_TO_GET_CRL, X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER, X509_V_ERR_CRL_HAS_EXPIRED,
                X509_V_ERR_CRL_NOT_YET_VALID, X509_V_ERR_CRL_SIGNATURE_FAILURE, X509_V_ERR_KEYUSAGE_NO_CRL_SIGN,
                X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE, X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD,
                X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD, X509_V_ERR_DIFFERENT_CRL_SCOPE,
                X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION, X509_V_ERR_CRL_PATH_VALIDATION_ERROR:
                .revocationUnknown
            default: .violation(code: code)
            }
    }
}
