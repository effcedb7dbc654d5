// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The maker of virtual cards: a root that certifies each card's attestation key.
package final class AttestationAuthority: Sendable {
    static let yubico = "1.3.6.1.4.1.41482.3"

    private let key: CardKey
    private static let name = "Countersign Test PIV Root"

    /// A maker with a key of its own.
    package init() { key = CardKey(algorithm: 0x11)! }

    /// The root in DER.
    package var certificate: [UInt8] {
        CardCertificate.make(
            subject: Self.name, key: key, issuer: Self.name, signedBy: key, serial: 1,
            extensions: [CardCertificate.authority])
    }

    /// A card's attestation certificate: the one of slot f9.
    func certify(_ card: CardKey, subject: String, firmware: [UInt8]) -> [UInt8] {
        CardCertificate.make(
            subject: subject, key: card, issuer: Self.name, signedBy: key, serial: 2,
            extensions: [
                CardCertificate.authority, .init(identifier: Self.yubico + ".3", value: firmware),
            ])
    }
}
