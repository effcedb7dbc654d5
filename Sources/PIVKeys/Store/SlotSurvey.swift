// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// What can be learnt of a slot without a PIN.
struct SlotSurvey: Sendable {
    var slot: PIVSlot
    /// The public key; `nil` where the slot is empty, or holds a key that nothing speaks of.
    var publicKey: PublicKey?
    /// The certificate in DER that is kept beside the key.
    var certificate: [UInt8]?
    var pinPolicy: PIVPINPolicy
    var touchPolicy: PIVTouchPolicy
    /// Whether there is something in the slot, of whatever kind.
    var isOccupied: Bool
    /// The algorithm's identifier, where the card says which it is.
    var algorithmIdentifier: UInt8?

    var algorithm: PIVAlgorithm? { publicKey.flatMap(PIVAlgorithm.init(of:)) }

    /// Looks at a slot.
    ///
    /// A certificate that cannot be read hides neither the key nor the card: there is something in the slot, that is all.
    /// - Throws: ``CardFailure/refused(_:_:)`` where a YubiKey does not say whether there is a key: unknown is not empty.
    init(_ session: PIVSession, _ slot: PIVSlot, isYubiKey: Bool) throws(CardFailure) {
        self.slot = slot
        let metadata = isYubiKey ? try session.metadata(of: slot.reference) : nil
        var holdsUnreadable = false
        do throws(CardFailure) { certificate = try session.certificate(in: slot) } catch {
            switch error {
            case .malformed, .refused: holdsUnreadable = true
            default: throw error
            }
        }
        pinPolicy = metadata?.pinPolicy ?? .standard
        touchPolicy = metadata?.touchPolicy ?? .standard
        algorithmIdentifier = metadata?.algorithm
        // A certificate that cannot be read does not keep the key from being used, where the card itself names it.
        publicKey = metadata?.publicKey ?? certificate.flatMap { try? Certificate(der: $0) }?.publicKey
        isOccupied = metadata != nil || certificate != nil || holdsUnreadable
        guard isYubiKey, metadata == nil else { return }
        switch try session.attestation(of: slot) {
        case .certificate(let attestation): read(attestation)
        case .none: break
        // There is something that the card does not want to speak of.
        case .refused: isOccupied = true
        }
    }

    /// YubiKeys before 5.3 say of a key that they made what they think of it in its attestation only.
    private mutating func read(_ attestation: [UInt8]) {
        isOccupied = true
        guard let attestation = try? Certificate(der: attestation) else { return }
        publicKey = publicKey ?? attestation.publicKey
        guard let (pin, touch) = AttestedPolicies.find(in: attestation) else { return }
        pinPolicy = PIVPINPolicy(identifier: pin) ?? .standard
        touchPolicy = PIVTouchPolicy(identifier: touch) ?? .standard
    }
}

/// The policies in a YubiKey's attestation, as a hint about what to tell the person; the verifier reads them for itself.
enum AttestedPolicies {
    /// The bytes of the PIN policy and of the touch policy.
    static func find(in certificate: Certificate) -> (pin: UInt8, touch: UInt8)? {
        guard let value = certificate.extensionValue(oid: "1.3.6.1.4.1.41482.3.8"), value.count == 2 else { return nil }
        return (value[0], value[1])
    }
}
