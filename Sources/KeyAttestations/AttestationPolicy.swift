// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography
public import WebAuthn

/// Whom the administrator trusts to speak of hardware. Nothing is trusted unless it is given.
public struct TrustAnchors: Sendable {
    /// The roots of makers of security keys.
    public var securityKeys: TrustedCertificates
    /// The FIDO Alliance's metadata, where given.
    public var fidoMetadata: FIDOMetadata?
    /// Yubico's roots for PIV, with the certificates between them and the keys.
    public var yubiKeyPIV: TrustedCertificates
    /// The authorities that certify cards, and nothing but cards.
    public var cards: TrustedCertificates
    /// Makers of TPMs.
    public var tpmMakers: TrustedCertificates

    /// Anchors.
    public init(
        securityKeys: TrustedCertificates = .none, fidoMetadata: FIDOMetadata? = nil,
        yubiKeyPIV: TrustedCertificates = .none, cards: TrustedCertificates = .none,
        tpmMakers: TrustedCertificates = .none
    ) {
        self.securityKeys = securityKeys
        self.fidoMetadata = fidoMetadata
        self.yubiKeyPIV = yubiKeyPIV
        self.cards = cards
        self.tpmMakers = tpmMakers
    }
}

/// What the administrator demands of statements beyond that they are true.
public struct AttestationPolicy: Sendable {
    /// The models of security keys that may be used; empty allows all. Not empty, it refuses keys that cannot prove their model.
    public var allowedAAGUIDs: Set<AAGUID>
    /// The oldest firmware of YubiKeys that may be used for PIV.
    public var minimumYubiKeyFirmware: FirmwareVersion?
    /// How much must be known about the revocation of cards' certificates.
    public var cardRevocation: RevocationPolicy
    /// Lists of revoked certificates for cards, and answers that the verifier itself fetched.
    public var cardRevocationEvidence: RevocationEvidence
    /// The certificate policies (RFC 5280 §4.2.1.4), in dotted form, one of which a card's certificate must be issued under; empty
    /// asks for none.
    public var cardCertificatePolicies: Set<String>
    /// Whether a TPM's user-verification key may be one that no PIN guards, since the machine's fingerprint reader verifies. Of such
    /// a key possession alone is attested.
    public var acceptsFingerprintReaders: Bool

    /// A policy; by default it allows whatever is true, and asks for revocation of cards where it is known.
    public init(
        allowedAAGUIDs: Set<AAGUID> = [], minimumYubiKeyFirmware: FirmwareVersion? = nil,
        cardRevocation: RevocationPolicy = .whereKnown,
        cardRevocationEvidence: RevocationEvidence = RevocationEvidence(), cardCertificatePolicies: Set<String> = [],
        acceptsFingerprintReaders: Bool = false
    ) {
        self.allowedAAGUIDs = allowedAAGUIDs
        self.minimumYubiKeyFirmware = minimumYubiKeyFirmware
        self.cardRevocation = cardRevocation
        self.cardRevocationEvidence = cardRevocationEvidence
        self.cardCertificatePolicies = cardCertificatePolicies
        self.acceptsFingerprintReaders = acceptsFingerprintReaders
    }
}
