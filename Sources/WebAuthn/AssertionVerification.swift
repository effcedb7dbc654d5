// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// What a verified assertion tells.
public struct AssertionFacts: Hashable, Sendable {
    /// Somebody was there: touched the key, or was verified.
    public let userPresent: Bool
    /// The key made sure that it was its owner.
    public let userVerified: Bool
    /// The key's counter; 0 where it does not count. One that does not grow from one assertion to the next speaks of a copy
    /// (WebAuthn §6.1.1).
    public let signCount: UInt32
    /// The key may be copied to other devices, by its own word.
    public let isBackupEligible: Bool
}

/// Why an assertion does not count.
public enum AssertionError: Error, Hashable, Sendable {
    /// The client data are not of the type ``CollectedClientData/Kind/sign``, such as those of a web sign-in, or are no client data.
    case notOurClientData
    /// The client data are of another message.
    case challengeMismatch
    /// The client data are of another issuer.
    case originMismatch
    /// The authenticator's data are broken.
    case malformedAuthenticatorData(AuthenticatorDataError)
    /// The authenticator's data have what only the making of a credential has.
    case unexpectedCredential
    /// The credential is of another relying party.
    case relyingPartyMismatch
    /// The signature is not this key's.
    case signatureMismatch
}

extension CarriedAssertion {
    /// Checks the assertion as WebAuthn §7.2 says, with a type and a relying party of our own, so that nothing that a browser makes
    /// for a web site can pass.
    ///
    /// Whether presence and verification suffice, and whether the counter has grown, is the caller's to judge.
    /// - Parameters:
    ///   - key: the enrolled key.
    ///   - relyingPartyID: the id of ``RelyingPartyID``.
    ///   - origin: the issuer URL.
    ///   - message: what was to be signed, such as a JWS signing input.
    public func verify(
        with key: PublicKey, relyingPartyID: String, origin: String, message: [UInt8]
    ) throws(AssertionError) -> AssertionFacts {
        guard let client = try? CollectedClientData(reading: clientDataJSON), client.kind == .sign else {
            throw .notOurClientData
        }
        guard client.challenge == SHA256.hash(message) else { throw .challengeMismatch }
        guard client.origin == origin else { throw .originMismatch }
        let data: AuthenticatorData
        do { data = try AuthenticatorData(authenticatorData) } catch { throw .malformedAuthenticatorData(error) }
        guard data.attestedCredential == nil else { throw .unexpectedCredential }
        guard data.relyingPartyIDHash == SHA256.hash(Array(relyingPartyID.utf8)) else { throw .relyingPartyMismatch }
        guard key.verifies(nativeSignature: signature, of: authenticatorData + SHA256.hash(clientDataJSON)) else {
            throw .signatureMismatch
        }
        return AssertionFacts(
            userPresent: data.flags.contains(.userPresent), userVerified: data.flags.contains(.userVerified),
            signCount: data.signCount, isBackupEligible: data.flags.contains(.backupEligible))
    }
}
