// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The hardware that an enrolled key lives in, and how much of that is proven.
package struct EnrolledHardware: Hashable, Sendable, Codable {
    /// The kinds of hardware.
    package enum Kind: String, Hashable, Sendable, Codable {
        /// A security key, which signs assertions.
        case fido2
        /// A smart card.
        case piv
        /// A TPM 2.0.
        case tpm
    }

    /// What kind it is: of a security key that is shown by how it signs, of the others by their attestation alone.
    package var kind: Kind
    /// Whether a maker or an organisation that the administrator trusts certified that the key lives in hardware.
    package var isAttested: Bool
    /// The model, as the attestation names it: an AAGUID, a card's firmware and form factor, a TPM's maker and model.
    package var model: String?
    /// Whether the hardware signs with this key only after it verified the person, by the attestation or by each assertion.
    package var verifiesUser: Bool
    /// Whether the hardware signs with this key only when it is touched.
    package var wantsTouch: Bool
    /// Whether an attestation shows that no PIN guards the key, although it is for user verification: the machine's fingerprint
    /// reader verified the person, if anything did. Absent where no attestation shows it, as in records of before.
    package var isWithoutPIN: Bool?
    /// The highest signature counter that was seen (WebAuthn §6.1.1); zero where the hardware counts nothing.
    package var signCount: UInt32 = 0

    /// Hardware.
    package init(kind: Kind, isAttested: Bool, model: String?, verifiesUser: Bool, wantsTouch: Bool) {
        self.kind = kind
        self.isAttested = isAttested
        self.model = model
        self.verifiesUser = verifiesUser
        self.wantsTouch = wantsTouch
    }
}
