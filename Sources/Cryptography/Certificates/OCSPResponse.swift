// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// An answer about the state of certificates (RFC 6960 §4.2), of which nothing is proven yet.
public struct OCSPResponse: Hashable, Sendable {
    /// The longest that is read, in bytes.
    public static let maximumLength = 64 * 1024
    /// How far the responder's clock may be ahead of this one's, in seconds.
    public static let tolerance: Int64 = 300
    /// How long an answer counts that does not say until when, in seconds.
    public static let lifetimeWithoutNextUpdate: Int64 = 86_400

    /// The answer as it was read.
    public let der: [UInt8]

    /// Reads an answer in DER.
    ///
    /// - Throws: ``CryptographyError/malformedCertificate``, also where the responder refused to answer.
    public init(der: [UInt8]) throws(CryptographyError) {
        self.der = der
        OCSP_BASICRESP_free(try basicResponse())
    }

    private func basicResponse() throws(CryptographyError) -> OpaquePointer {
        defer { ERR_clear_error() }
        guard der.count <= Self.maximumLength else { throw .malformedCertificate }
        let parsed = der.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return d2i_OCSP_RESPONSE(nil, &start, buffer.count)
        }
        guard let parsed else { throw .malformedCertificate }
        defer { OCSP_RESPONSE_free(parsed) }
        guard OCSP_response_status(parsed) == OCSP_RESPONSE_STATUS_SUCCESSFUL,
            let basic = OCSP_response_get1_basic(parsed)
        else { throw .malformedCertificate }
        return basic
    }

    /// What an answer tells of a certificate.
    enum Status: Equatable {
        /// Until when that counts, where the answer says so.
        case good(until: Int64?)
        case revoked, unknown
    }

    /// What the answer tells of a certificate: `unknown` where it is about another, is out of time, or is not signed by the
    /// certificate's issuer or by one that the issuer lets answer.
    ///
    /// - Parameter issuers: the path above the certificate, its issuer first.
    func status(
        of certificate: CertificateHandle, issuedBy issuers: [CertificateHandle], trusted: TrustedCertificates,
        at time: Int64
    ) -> Status {
        guard let issuer = issuers.first, let basic = try? basicResponse() else { return .unknown }
        defer {
            OCSP_BASICRESP_free(basic)
            ERR_clear_error()
        }
        guard isSigned(basic, issuers: issuers, trusted: trusted, at: time) else { return .unknown }
        for digest in [MessageDigest.sha1, .sha256] {
            guard let id = OCSP_cert_to_id(digest.pointer, certificate.pointer, issuer.pointer) else { continue }
            defer { OCSP_CERTID_free(id) }
            if let status = status(of: id, in: basic, at: time) { return status }
        }
        return .unknown
    }

    private func status(of id: OpaquePointer, in basic: OpaquePointer, at time: Int64) -> Status? {
        var status: Int32 = -1
        var thisUpdate: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?
        var nextUpdate: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?
        guard OCSP_resp_find_status(basic, id, &status, nil, nil, &thisUpdate, &nextUpdate) == 1 else { return nil }
        // A revocation stays one, however old the answer is.
        if status == V_OCSP_CERTSTATUS_REVOKED { return .revoked }
        guard status == V_OCSP_CERTSTATUS_GOOD, let from = CertificateHandle.seconds(thisUpdate),
            from <= time + Self.tolerance
        else { return .unknown }
        let until =
            nextUpdate == nil ? from + Self.lifetimeWithoutNextUpdate : CertificateHandle.seconds(nextUpdate)
        guard let until, time <= until + Self.tolerance else { return .unknown }
        return .good(until: nextUpdate == nil ? nil : until)
    }

    private func isSigned(
        _ basic: OpaquePointer, issuers: [CertificateHandle], trusted: TrustedCertificates, at time: Int64
    ) -> Bool {
        // A store of its own: the library takes the time of this check from the store, not from the call.
        guard let store = CertificateStore(trusted, at: time) else { return false }
        let others = CertificateStack(issuers + trusted.intermediates.map(\.handle))
        return withExtendedLifetime((store, others)) {
            OCSP_basic_verify(basic, others.pointer, store.pointer, 0) == 1
        }
    }
}
