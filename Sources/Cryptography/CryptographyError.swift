// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Why a cryptographic operation failed.
///
/// Never says which byte was wrong: what a caller may learn of a failed verification is that it failed.
public enum CryptographyError: Error, Hashable, Sendable {
    /// The text is not base64url without padding (RFC 4648 §5, RFC 7515 §2).
    case notBase64URL
    /// The numbers or bytes do not make a key of a supported kind and size.
    case invalidKey
    /// The passphrase does not open the key, or the key's file was damaged; the two cannot be told apart.
    case cannotDecryptKey
    /// The bytes are not a certificate, a list of revoked ones or an answer about one, or have what no such thing may have.
    case malformedCertificate
    /// The bytes are not what is encoded there by DER's rules (X.690 §10).
    case malformedDER
    /// The library refused; the name is of the function that did.
    case libraryFailure(function: String)
}

extension CryptographyError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notBase64URL: "not base64url without padding"
        case .invalidKey: "not a key of a supported kind and size"
        case .cannotDecryptKey: "the passphrase does not open the key, or the key is damaged"
        case .malformedCertificate: "not a certificate, or not one that is read here"
        case .malformedDER: "not the DER that belongs there"
        case .libraryFailure(let function): "OpenSSL refused in \(function)"
        }
    }
}
