// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// Why a statement about a key is not accepted.
public enum AttestationRefusal: Error, Hashable, Sendable {
    /// It is beyond its bounds.
    case tooLarge
    /// A part that belongs to its form is missing.
    case missing(part: String)
    /// A part cannot be read.
    case malformed(part: String)
    /// It has parts or certificates that its form does not have.
    case unexpected(part: String)
    /// An attestation object's statement is of a format that is not spoken here.
    case unsupportedFormat
    /// A signature or certificate uses an algorithm that is not spoken here, or another than its key's.
    case algorithmMismatch
    /// The client data are not of an enrolment with a verifier of this kind: those of a web registration, for one.
    case notOurClientData
    /// It answers another challenge.
    case challengeMismatch
    /// It is for another issuer.
    case originMismatch
    /// The credential is of another relying party.
    case relyingPartyMismatch
    /// Nobody was there when the credential was made.
    case userNotPresent
    /// The key is for user verification, and nobody was verified when the credential was made.
    case userNotVerified
    /// The key is for user verification, and its hardware signs without.
    case verificationNotEnforced
    /// The credential may be copied to other devices.
    case backupEligible
    /// It is about another key than the one that is to be enrolled.
    case keyMismatch
    /// A signature of the statement is not the key's that must have made it.
    case signatureMismatch
    /// A certificate is not of the kind that belongs there.
    case certificateProfile(CertificateProfileViolation)
    /// The certificate speaks of another model than the authenticator.
    case modelMismatch
    /// Policy does not allow this model, or cannot know the model.
    case modelNotAllowed
    /// FIDO metadata reports something against this model, such as `REVOKED`.
    case modelReported(status: String)
    /// The FIDO metadata are past their time.
    case metadataOutdated
    /// The firmware is older than policy allows, or made keys of this kind badly.
    case firmwareNotAllowed(FirmwareVersion)
    /// Nothing is configured that statements of this form could be checked against.
    case noTrustAnchors
    /// The chain of certificates does not count.
    case chain(CertificateChainError)
    /// Something about a TPM's statement.
    case tpm(TPMViolation)

    /// Whether the statement only fails to prove anything, so that policy may take the key as one of which nothing is known. All
    /// other refusals mean that something is wrong, or that it cannot be ruled out: metadata that are out of date may lack a report
    /// against the model.
    public var isOnlyUnproven: Bool {
        switch self {
        case .noTrustAnchors, .chain(.untrusted), .tpm(.noEndorsementCertificate): true
        default: false
        }
    }
}

/// What a certificate has that it must not have, or lacks.
public enum CertificateProfileViolation: String, Error, Hashable, Sendable {
    /// It is not of version 3.
    case version
    /// Its subject's name lacks what WebAuthn §8.2.1 wants.
    case subject
    /// It may certify others.
    case isCA
    /// The extension with the model's identifier is critical or malformed.
    case modelExtension
    /// An extension with facts about the key or the hardware is missing or malformed.
    case factsExtension
    /// It is not issued by the certificate that must have issued it.
    case issuer
    /// Its key may not sign.
    case keyUsage
    /// It is for another purpose, or not issued under a policy that is asked for.
    case purpose
}

/// What is wrong with a TPM's statement.
public enum TPMViolation: String, Error, Hashable, Sendable {
    /// The TPM has shown no endorsement certificate.
    case noEndorsementCertificate
    /// The endorsement certificate is for another key.
    case endorsementKeyMismatch
    /// The endorsement key is not a storage key that is fixed to its TPM.
    case endorsementKeyAttributes
    /// No secret was sealed for this enrolment.
    case notActivated
    /// The attestation key is not the one that the secret was sealed to.
    case attestationKeyMismatch
    /// The attestation key is not a restricted signing key that is fixed to its TPM.
    case attestationKeyAttributes
    /// The secret is not the one that was sealed: the attestation key lives in another TPM, or in none.
    case secretMismatch
    /// What is signed does not come from inside a TPM (`TPM_GENERATED_VALUE`).
    case notGeneratedByTPM
    /// What is signed is not a certification of a key.
    case notACertification
    /// What is certified is not the public area that came with it.
    case nameMismatch
    /// The key can leave the TPM, came from outside, or does not sign.
    case keyAttributes
    /// The key is for user verification, and the TPM does not count wrong guesses at its PIN.
    case notProtectedAgainstGuessing
}

extension AttestationRefusal: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooLarge: "the key's attestation is larger than any can be"
        case .missing(let part): "the key's attestation lacks '\(part)'"
        case .malformed(let part): "'\(part)' of the key's attestation cannot be read"
        case .unexpected(let part): "the key's attestation has '\(part)', which its form does not have"
        case .unsupportedFormat: "the attestation statement is of a format that is not supported"
        case .algorithmMismatch: "the attestation is signed with an algorithm that does not fit its key"
        case .notOurClientData: "the attestation was not made for an enrolment of the agent"
        case .challengeMismatch: "the attestation answers another challenge: enrol again"
        case .originMismatch: "the attestation was made for another verifier"
        case .relyingPartyMismatch: "the credential belongs to another relying party"
        case .userNotPresent: "nobody touched the key when the credential was made: enrol again"
        case .userNotVerified:
            "the key did not verify the person: set a PIN or enrol a fingerprint on the key, and enrol again"
        case .verificationNotEnforced:
            "the key signs without a PIN and cannot serve for user verification: generate it with a PIN policy"
        case .backupEligible: "the credential can be copied to other devices: use a key that keeps it"
        case .keyMismatch: "the attestation is about another key than the one that is to be enrolled"
        case .signatureMismatch: "a signature in the attestation is wrong"
        case .certificateProfile(let violation):
            "the attestation's certificate is not of the kind that belongs there (\(violation.rawValue))"
        case .modelMismatch: "the attestation's certificate is for another model"
        case .modelNotAllowed: "the organisation does not allow this model of key"
        case .modelReported(let status): "FIDO metadata report \(status) for this model of key"
        case .metadataOutdated: "the FIDO metadata are out of date: the administrator has to fetch new ones"
        case .firmwareNotAllowed(let version): "the key's firmware \(version) is not allowed: use a newer key"
        case .noTrustAnchors: "no trust anchors are configured for this kind of key"
        case .chain(let error): "the attestation is not trusted: \(error)"
        case .tpm(.notProtectedAgainstGuessing):
            "no PIN guards the TPM's key for user verification, and the organisation takes no fingerprint readers: enrol with a PIN"
        case .tpm(let violation): "the TPM's attestation does not count (\(violation.rawValue))"
        }
    }
}
