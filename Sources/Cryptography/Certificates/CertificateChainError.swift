// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Why a chain of certificates does not count.
public enum CertificateChainError: Error, Hashable, Sendable {
    /// There is no certificate, there are too many, or one is none.
    case malformed
    /// The first certificate's key is of a kind or size that is not spoken here.
    case unsupportedKey
    /// A certificate's time is over.
    case expired
    /// A certificate's time has not come.
    case notYetValid
    /// No path leads to a certificate that is trusted.
    case untrusted
    /// A signature on the path is not its issuer's.
    case badSignature
    /// A key or digest on the path is too weak: less than 112 bits.
    case tooWeak
    /// A certificate on the path was revoked.
    case revoked
    /// Policy asks whether a certificate was revoked, and what was given does not tell: no list or answer, one out of time, or one
    /// that is not its issuer's.
    case revocationUnknown
    /// The path breaks another rule of RFC 5280, such as an issuer that is no authority or a critical extension that is not known.
    /// The number is OpenSSL's (`X509_V_ERR_…`).
    case violation(code: Int32)
}

extension CertificateChainError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformed: "a certificate of the chain cannot be read, or the chain is too long"
        case .unsupportedKey: "the certificate's key is of a kind or size that is not supported"
        case .expired: "a certificate of the chain has expired"
        case .notYetValid: "a certificate of the chain is not valid yet"
        case .untrusted: "the chain does not lead to a trusted certificate"
        case .badSignature: "a certificate of the chain is not signed by its issuer"
        case .tooWeak: "a key or digest in the chain is too weak"
        case .revoked: "a certificate of the chain was revoked"
        case .revocationUnknown: "it is not known whether a certificate of the chain was revoked"
        case .violation(let code): "the chain breaks a rule for certificates (OpenSSL's number \(code))"
        }
    }
}
