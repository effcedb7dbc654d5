// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import WebAuthn

/// What the verifier knows of a key, from its hardware's word and not from the device's. Only ``AttestationVerifier`` makes one.
public struct AttestedKey: Hashable, Sendable {
    /// Where the private key is.
    public enum Protection: String, Hashable, Sendable, Codable {
        /// In hardware that does not let it out: what is trusted says so.
        case hardware
        /// Nobody who is trusted says anything.
        case unknown
    }

    /// How the statement was signed (WebAuthn §6.5.3, in its words).
    public enum AttestationType: String, Hashable, Sendable, Codable {
        /// By a key of the maker's, or of the organisation's authority, outside or inside the hardware.
        case basic
        /// By an attestation key that was shown to live in the same hardware as a key of the maker's.
        case attestationCA = "attca"
        /// By the key itself: it proves possession, and nothing of hardware.
        case selfSigned = "self"
        /// Not at all.
        case none
    }

    /// Whether the hardware signs only after it verified the person.
    public enum Verification: String, Hashable, Sendable, Codable {
        /// It does.
        case required
        /// It does not.
        case notRequired
        /// Each signature says whether it did: security keys.
        case toldBySignature
        /// Nobody who is trusted says.
        case unknown
    }

    /// When a card asks for its PIN, or for a fingerprint.
    public enum PINPolicy: String, Hashable, Sendable, Codable {
        /// Never.
        case never
        /// Once in a session.
        case once
        /// Before each signature.
        case always
        /// A fingerprint or the PIN, once in a session.
        case matchOnce
        /// A fingerprint or the PIN, before each signature.
        case matchAlways
        /// Nobody who is trusted says.
        case unknown
    }

    /// When a card asks for a touch.
    public enum TouchPolicy: String, Hashable, Sendable, Codable {
        /// Never.
        case never
        /// Before each signature.
        case always
        /// Where the last touch is more than 15 seconds ago.
        case cached
        /// Nobody who is trusted says.
        case unknown
    }

    /// The key.
    public let publicKey: PublicKey
    /// The form of the statement.
    public let format: AttestationEvidence.Format
    /// How it was signed.
    public let attestationType: AttestationType
    /// Where the private key is.
    public let protection: Protection
    /// What the hardware is.
    public let model: HardwareModel
    /// When a card asks for its PIN.
    public var pinPolicy: PINPolicy = .unknown
    /// When a card asks for a touch.
    public var touchPolicy: TouchPolicy = .unknown
    /// Whether the hardware signs only after it verified the person.
    public var verification: Verification = .unknown
    /// The counter of a security key when the credential was made.
    public var signCount: UInt32?
    /// The id of a security key's credential.
    public var credentialID: [UInt8]?
    /// The names on the path from the certificate that speaks of the key to the one that is trusted, for people; empty where
    /// nothing trusted speaks.
    public let trustPath: [String]
    /// Whether the certificate of a card is known not to be revoked; `nil` where that is not looked at.
    public var isKnownNotToBeRevoked: Bool?

    init(
        publicKey: PublicKey, format: AttestationEvidence.Format, attestationType: AttestationType,
        protection: Protection, model: HardwareModel, trustPath: [String]
    ) {
        self.publicKey = publicKey
        self.format = format
        self.attestationType = attestationType
        self.protection = protection
        self.model = model
        self.trustPath = trustPath
    }
}

/// What a piece of hardware is.
public enum HardwareModel: Hashable, Sendable {
    /// A security key of a model; the description is from FIDO metadata.
    case securityKey(aaguid: AAGUID, description: String?)
    /// A YubiKey.
    case yubiKey(YubiKeyModel)
    /// A card of an organisation's: the subject of its certificate.
    case card(subject: String)
    /// A TPM.
    case tpm(TPMModel)
}
