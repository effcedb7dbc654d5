// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto

/// A question about a certificate on a verified chain: whom to ask, and what (RFC 6960 §4.1). A certificate that nobody trusted
/// certifies never becomes one, so that strangers do not choose whom the asker connects to.
public struct OCSPQuery: Sendable {
    /// The longest URL that is taken, in bytes.
    public static let maximumURLLength = 1024

    /// The responder: the first `http` or `https` URL that the certificate names (RFC 5280 §4.2.2.1).
    public let url: String
    /// The request in DER. It has no nonce, so that responders may answer what they have signed before.
    public let request: [UInt8]
    private let certificate: CertificateHandle
    private let issuers: [CertificateHandle]
    private let trusted: TrustedCertificates

    /// What an answer says.
    public enum Answer: Hashable, Sendable {
        /// The certificate is not revoked; until when that counts, in seconds since 1970, where the answer says so.
        case good(until: Int64?)
        /// It was revoked.
        case revoked
    }

    /// A question about a certificate; `nil` where it names no responder.
    ///
    /// - Parameter issuers: the path above the certificate, its issuer first.
    init?(about certificate: CertificateHandle, issuedBy issuers: [CertificateHandle], trusted: TrustedCertificates) {
        defer { ERR_clear_error() }
        guard let issuer = issuers.first, let url = Self.responder(of: certificate),
            let request = Self.request(about: certificate, issuedBy: issuer)
        else { return nil }
        self.url = url
        self.request = request
        self.certificate = certificate
        self.issuers = issuers
        self.trusted = trusted
    }

    /// What an answer says of the certificate; `nil` where it is about another one, is out of time, or is not signed by the issuer
    /// or by one that the issuer lets answer.
    ///
    /// - Parameter time: seconds since 1970.
    public func answer(in response: OCSPResponse, at time: Int64) -> Answer? {
        switch response.status(of: certificate, issuedBy: issuers, trusted: trusted, at: time) {
        case .good(let until): .good(until: until)
        case .revoked: .revoked
        case .unknown: nil
        }
    }

    private static func responder(of certificate: CertificateHandle) -> String? {
        guard let urls = X509_get1_ocsp(certificate.pointer) else { return nil }
        defer { X509_email_free(urls) }
        for index in 0..<OPENSSL_sk_num(urls) {
            guard let text = OPENSSL_sk_value(urls, index)?.assumingMemoryBound(to: CChar.self) else { continue }
            let url = String(cString: text)
            let scheme = url.prefix(8).lowercased()
            guard url.utf8.count <= maximumURLLength, url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                continue
            }
            if scheme.hasPrefix("http://") || scheme == "https://" { return url }
        }
        return nil
    }

    /// The certificate is named by SHA-1 digests of its issuer, which all responders know (RFC 5019 §2.1.1); nothing rests on them.
    private static func request(
        about certificate: CertificateHandle, issuedBy issuer: CertificateHandle
    ) -> [UInt8]? {
        guard let request = OCSP_REQUEST_new() else { return nil }
        defer { OCSP_REQUEST_free(request) }
        guard let id = OCSP_cert_to_id(MessageDigest.sha1.pointer, certificate.pointer, issuer.pointer) else {
            return nil
        }
        guard OCSP_request_add0_id(request, id) != nil else {
            OCSP_CERTID_free(id)
            return nil
        }
        var output: UnsafeMutablePointer<UInt8>?
        let length = i2d_OCSP_REQUEST(request, &output)
        guard length > 0, let output else { return nil }
        defer { CRYPTO_free(output, nil, 0) }
        return Array(UnsafeBufferPointer(start: output, count: Int(length)))
    }
}

extension VerifiedCertificateChain {
    /// What is to be asked before the chain can meet a policy about revocation: about the leaf, or about all below the anchor, where
    /// the evidence did not tell that they are good and they name a responder.
    public func openQuestions(for policy: RevocationPolicy) -> [OCSPQuery] {
        let count =
            switch policy {
            case .notChecked: 0
            case .whereKnown, .leaf: 1
            case .wholeChain: handles.count
            }
        return handles.indices.dropLast().prefix(count).compactMap { index in
            guard !areKnownToBeGood[index] else { return nil }
            return OCSPQuery(about: handles[index], issuedBy: Array(handles[(index + 1)...]), trusted: trusted)
        }
    }
}
