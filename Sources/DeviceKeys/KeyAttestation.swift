// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What a key's hardware certifies of it, for the verifier to judge. The device itself believes none of it.
public struct KeyAttestation: Hashable, Sendable {
    /// The forms of a statement; the names are the wire's (docs/protocol.md §7).
    public enum Format: String, Hashable, Sendable, CaseIterable {
        /// A WebAuthn attestation object (WebAuthn §6.5.4): `packed`, `fido-u2f` or `none` inside.
        case fido2
        /// A certificate for the slot's key, signed by the card's own attestation key (YubiKey's slot f9).
        case yubikeyPIV = "yubikey-piv"
        /// A certificate that an organisation put on the card, with a signature of the key over the verifier's bytes.
        case pivCertificate = "piv-certificate"
        /// A key certified by an attestation key of the same TPM (TPM2_Certify).
        case tpm
    }

    /// The form.
    public var format: Format
    /// The statement's named byte strings, by the names of docs/protocol.md §7.
    public var parts: [String: [UInt8]]
    /// Certificates in DER, the one that speaks of the key first, each certified by the next.
    public var certificates: [[UInt8]]

    /// A statement.
    public init(format: Format, parts: [String: [UInt8]], certificates: [[UInt8]] = []) {
        self.format = format
        self.parts = parts
        self.certificates = certificates
    }
}

/// A store whose attestations need a word with the verifier first: a TPM proves that its attestation key lives beside the key
/// of its endorsement certificate by opening what was sealed to both (TPM 2.0 Part 1, §9.5.3.3).
public protocol ActivatedAttestation: KeyStore {
    /// What the verifier seals a secret to.
    ///
    /// - Throws: ``DeviceKeyError``.
    func attestationIdentity() async throws -> AttestationIdentity

    /// Opens the secret; it goes into the statements of the keys that are made next.
    ///
    /// - Throws: ``DeviceKeyError``.
    func activate(_ credential: SealedCredential) async throws
}

/// A TPM's two identities.
public struct AttestationIdentity: Hashable, Sendable {
    /// The endorsement key's certificate and the maker's certificates that are stored with it, in DER; empty where the TPM has
    /// none.
    public var endorsementCertificates: [[UInt8]]
    /// The endorsement key's public area (`TPMT_PUBLIC`, TPM 2.0 Part 2 §12.2.4).
    public var endorsementKey: [UInt8]
    /// The attestation key's public area (`TPMT_PUBLIC`).
    public var attestationKey: [UInt8]

    /// An identity.
    public init(endorsementCertificates: [[UInt8]], endorsementKey: [UInt8], attestationKey: [UInt8]) {
        self.endorsementCertificates = endorsementCertificates
        self.endorsementKey = endorsementKey
        self.attestationKey = attestationKey
    }
}

/// A secret that only the TPM of an identity can open (`TPM2_MakeCredential`).
public struct SealedCredential: Hashable, Sendable {
    /// `TPM2B_ID_OBJECT`.
    public var credentialBlob: [UInt8]
    /// `TPM2B_ENCRYPTED_SECRET`.
    public var encryptedSecret: [UInt8]

    /// A sealed secret.
    public init(credentialBlob: [UInt8], encryptedSecret: [UInt8]) {
        self.credentialBlob = credentialBlob
        self.encryptedSecret = encryptedSecret
    }
}
