// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibfido2
internal import Cryptography

/// What a credential is made of.
struct CredentialRequest: Sendable {
    var relyingPartyID: String
    var organizationName: String
    var userID: [UInt8]
    var clientDataHash: [UInt8]
    var algorithm: Int32
    var isDiscoverable: Bool
    var protection: FIDO2Options.CredentialProtection?
    /// Whether the key is to verify its person by itself; a PIN is given beside this.
    var usesBuiltInVerification: Bool
}

/// A credential as it was made, with its attestation.
struct MadeCredential: Hashable, Sendable {
    var id: [UInt8]
    /// As libfido2 writes it: x and y, an Ed25519 point, or n and e.
    var publicKey: [UInt8]
    var algorithm: Int32
    var aaguid: [UInt8]
    var format: String
    /// In CBOR.
    var attestationStatement: [UInt8]
    var authenticatorData: [UInt8]

    /// The public key, read.
    ///
    /// - Throws: `CryptographyError`.
    func parsedKey() throws -> PublicKey {
        switch (algorithm, publicKey.count) {
        case (COSE_ES256, 64): try PublicKey(.p256(x: Array(publicKey[..<32]), y: Array(publicKey[32...])))
        case (COSE_EDDSA, 32): try PublicKey(.ed25519(publicKey))
        case (COSE_RS256, 259):
            try PublicKey(.rsa(modulus: Array(publicKey[..<256]), exponent: Array(publicKey[256...])))
        default: throw CryptographyError.invalidKey
        }
    }
}

/// What an assertion is asked with.
struct AssertionRequest: Sendable {
    var relyingPartyID: String
    var credentialID: [UInt8]
    var clientDataHash: [UInt8]
    /// Whether the key may answer without a touch.
    var isSilent: Bool
    /// Whether the key is to verify its person by itself; a PIN is given beside this.
    var usesBuiltInVerification = false
}

/// An assertion as the key made it; not verified.
struct MadeAssertion: Hashable, Sendable {
    var authenticatorData: [UInt8]
    var signature: [UInt8]

    /// The flags of authenticator data (WebAuthn §6.1).
    struct Flags: OptionSet {
        let rawValue: UInt8
        static let userPresent = Flags(rawValue: 0x01)
        static let userVerified = Flags(rawValue: 0x04)
    }

    /// The flags; none where there is no place for them.
    var flags: Flags { Flags(rawValue: authenticatorData.count >= 37 ? authenticatorData[32] : 0) }
}
