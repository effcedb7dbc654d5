// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// A statement about a key as it came from a device (docs/protocol.md §7). Nothing of it is proven.
public struct AttestationEvidence: Hashable, Sendable {
    /// The forms of statements, by their names on the wire.
    public enum Format: String, Hashable, Sendable, CaseIterable {
        /// A WebAuthn attestation object with its client data.
        case fido2
        /// A YubiKey's certificate for the key of a PIV slot.
        case yubiKeyPIV = "yubikey-piv"
        /// An organisation's certificate on a PIV card.
        case pivCertificate = "piv-certificate"
        /// A key certified by an attestation key of its TPM.
        case tpm
    }

    /// How many parts a statement may have.
    public static let maximumParts = 16
    /// How many bytes parts and certificates may have together.
    public static let maximumLength = 64 * 1024
    /// How many certificates a statement may have.
    public static let maximumCertificates = 8

    /// The form.
    public let format: Format
    /// The statement's byte strings, by their names on the wire.
    public let parts: [String: [UInt8]]
    /// Certificates in DER, the one that speaks of the key first.
    public let certificates: [[UInt8]]

    /// A statement.
    ///
    /// - Throws: ``AttestationRefusal/tooLarge`` where it is beyond its bounds.
    public init(
        format: Format, parts: [String: [UInt8]], certificates: [[UInt8]] = []
    ) throws(AttestationRefusal) {
        let length = (Array(parts.values) + certificates).reduce(0) { $0 + $1.count }
        guard parts.count <= Self.maximumParts, certificates.count <= Self.maximumCertificates,
            length <= Self.maximumLength
        else { throw .tooLarge }
        self.format = format
        self.parts = parts
        self.certificates = certificates
    }

    /// A part that must be there.
    func part(_ name: String) throws(AttestationRefusal) -> [UInt8] {
        guard let part = parts[name] else { throw .missing(part: name) }
        return part
    }
}

/// What a statement must be about.
public struct AttestationExpectation: Sendable {
    /// What an enrolled key is for (docs/protocol.md §7).
    public enum Purpose: String, Hashable, Sendable, CaseIterable {
        /// Signs without asking anybody.
        case proofOfPossession
        /// Signs after the person was verified.
        case userVerification
    }

    /// The key that is to be enrolled.
    public var publicKey: PublicKey
    /// What it is to be enrolled for.
    public var purpose: Purpose
    /// The bytes that this verifier gave for this enrolment.
    public var challenge: [UInt8]
    /// This verifier's issuer URL.
    public var issuer: String
    /// Now: seconds since 1970.
    public var time: Int64
    /// The identity of the TPM that a secret was sealed to, with the secret; only statements of TPMs need it.
    public var activation: TPMActivation?

    /// An expectation.
    public init(
        publicKey: PublicKey, purpose: Purpose, challenge: [UInt8], issuer: String, time: Int64,
        activation: TPMActivation? = nil
    ) {
        self.publicKey = publicKey
        self.purpose = purpose
        self.challenge = challenge
        self.issuer = issuer
        self.time = time
        self.activation = activation
    }
}
