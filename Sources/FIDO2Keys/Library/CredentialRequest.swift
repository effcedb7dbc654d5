// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

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
    /// Ids of credentials beside which the key is to make no other (CTAP 2.1 §6.1, `excludeList`).
    var excludedCredentialIDs: [[UInt8]] = []
}

/// A credential as it was made, with its attestation.
struct MadeCredential: Hashable, Sendable {
    var format: String
    /// In CBOR.
    var attestationStatement: [UInt8]
    var authenticatorData: [UInt8]
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
}
