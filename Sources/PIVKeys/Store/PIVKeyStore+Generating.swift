// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceKeys

/// The card that a new key of an enrolment is on.
private struct ChosenCard {
    var identity: CardIdentity?
    var place: CardInReader
    var isYubiKey: Bool
    var slot: SlotSurvey

    /// The hardware's name, for a person.
    var deviceName: String { DeviceName.of(reader: place.reader, identity: identity) }
}

extension PIVKeyStore {
    func make(_ request: KeyRequest, _ presence: any UserPresence) async throws -> GeneratedKey {
        let slot = try slot(for: request.purpose)
        let card = try choose(slot)
        let key: SlotKey
        var pin: PINSource?
        switch options.source {
        case .existing: key = try existing(card, for: request.purpose)
        case .new, .replacement:
            key = try await newKey(on: card, for: request.purpose, pin: &pin, presence: presence)
        }
        let stored = StoredKey(
            id: try SecureRandom.identifier(prefix: "piv"), kind: .piv, purpose: request.purpose,
            publicKey: key.publicKey, handle: try key.reference.encoded())
        guard let challenge = request.attestationChallenge else { return GeneratedKey(stored: stored) }
        let isNew = options.source != .existing
        let attestation = try await telling(isNew ? key.remainder : nil) {
            try await attest(key, over: challenge, pin: pin, presence: presence)
        }
        return GeneratedKey(stored: stored, attestation: attestation)
    }

    /// Does what follows the making of a key. Where that fails, the error says what stays on the card.
    private func telling<Result>(_ remainder: String?, _ body: () async throws -> Result) async throws -> Result {
        do { return try await body() } catch {
            let failure = (error as? CardFailure)?.deviceKeyError ?? error as? DeviceKeyError
            guard let failure, let remainder else { throw error }
            throw DeviceKeyError(failure.code, "\(failure.message); \(remainder)")
        }
    }

    private func slot(for purpose: KeyPurpose) throws(DeviceKeyError) -> PIVSlot {
        switch purpose {
        case .userVerification: return options.verificationSlot
        case .proofOfPossession: return options.possessionSlot
        case .clientInstance:
            throw DeviceKeyError(.unsupported, "a smart card does not hold the key that signs refusals")
        }
    }

    /// The one card that the options mean.
    private func choose(_ slot: PIVSlot) throws -> ChosenCard {
        var cards: [ChosenCard] = []
        let failures = try access.everyCard { session in
            let identity = try session.identity()
            guard PIVCards.matches(options.card, reader: session.card.reader, identity: identity) else { return }
            let isYubiKey = try session.firmware() != nil
            cards.append(
                ChosenCard(
                    identity: identity, place: session.card, isYubiKey: isYubiKey,
                    slot: try SlotSurvey(session, slot, isYubiKey: isYubiKey)))
        }
        guard let card = cards.first else {
            if let failure = failures.first?.failure { throw failure }
            let wanted = options.card.map { "no PIV card \"\($0)\"" } ?? "no PIV card"
            throw DeviceKeyError(.deviceRemoved, "\(wanted) is plugged in")
        }
        guard cards.count == 1 else {
            let names = cards.map { $0.identity?.text ?? $0.place.reader }.joined(separator: ", ")
            throw DeviceKeyError(.unavailable, "there are several PIV cards, choose one of them: \(names)")
        }
        last = card.place
        return card
    }

    private func existing(_ card: ChosenCard, for purpose: KeyPurpose) throws -> SlotKey {
        let slot = card.slot
        guard let publicKey = slot.publicKey else {
            let why = slot.isOccupied ? "holds no key that can be used" : "is empty, or has no certificate"
            throw DeviceKeyError(
                .keyNotFound,
                "slot \(slot.slot) \(why): have the card make a key there (--generate), or choose another slot")
        }
        guard let algorithm = slot.algorithm else {
            throw DeviceKeyError(.unsupported, "the key in slot \(slot.slot) is of a size that is not supported")
        }
        let reference = KeyReference(
            card: card.identity, slot: slot.slot, algorithm: algorithm, pinPolicy: slot.pinPolicy,
            touchPolicy: slot.touchPolicy)
        try Self.check(reference, for: purpose)
        return SlotKey(reference: reference, publicKey: publicKey, deviceName: card.deviceName)
    }

    private func newKey(
        on card: ChosenCard, for purpose: KeyPurpose, pin: inout PINSource?, presence: any UserPresence
    ) async throws -> SlotKey {
        let reference = try newReference(on: card, for: purpose)
        // The card is found by its name, or, without one, where it just was: it has no key to be known by yet.
        let place = CardPlace(identity: card.identity, reader: card.place.reader, deviceName: card.deviceName)
        let isManagementBehindPIN = try isManagementKeyBehindPIN(at: place)
        if reference.needsPIN || isManagementBehindPIN { pin = try await enterPIN(at: place, presence: presence) }
        let management = try await managementKey(
            at: place, behind: isManagementBehindPIN ? pin : nil, presence: presence)
        let publicKey = try withCard(at: place, isRepeatable: { false }) { session in
            guard try session.authenticate(with: management) else { throw Self.managementKeyChanged }
            return try session.generate(
                in: reference.slot, reference.algorithm, pinPolicy: reference.pinPolicy,
                touchPolicy: reference.touchPolicy)
        }
        let key = SlotKey(reference: reference, publicKey: publicKey, deviceName: place.deviceName)
        // A PIN that the management key alone was behind is not shown, or typed on a pad, for a key that wants none.
        let pinOfKey = reference.needsPIN ? pin ?? .notNeeded : .notNeeded
        let remainder = "slot \(reference.slot) has the new key already, without a certificate: --replace makes another"
        try await telling(remainder) {
            try await certify(key, at: place, pin: pinOfKey, management: management, presence: presence)
        }
        return key
    }

    /// What a key will be that the card makes, where it may make one.
    private func newReference(on card: ChosenCard, for purpose: KeyPurpose) throws(DeviceKeyError) -> KeyReference {
        let slot = card.slot.slot
        guard options.source == .replacement || !card.slot.isOccupied else {
            throw DeviceKeyError(
                .unsupported,
                "slot \(slot) holds a key or certificate already: enroll without --generate to use it, "
                    + "or add --replace, and it is lost")
        }
        var reference = KeyReference(
            card: card.identity, slot: slot, algorithm: options.algorithm, pinPolicy: .standard, touchPolicy: .standard)
        if purpose == .userVerification {
            guard card.isYubiKey || (options.pinPolicy == .standard && options.touchPolicy == .standard) else {
                throw DeviceKeyError(.unsupported, "only YubiKeys have PIN and touch policies")
            }
            reference.pinPolicy = options.pinPolicy
            reference.touchPolicy = options.touchPolicy
        } else if card.isYubiKey, !slot.isSilentByDefault {
            reference.pinPolicy = .never
        }
        try Self.check(reference, for: purpose)
        return reference
    }

    /// What a purpose asks of a key.
    private static func check(_ key: KeyReference, for purpose: KeyPurpose) throws(DeviceKeyError) {
        switch purpose {
        case .userVerification where !key.needsPIN:
            throw DeviceKeyError(
                .unsupported,
                "slot \(key.slot) signs without a PIN and cannot prove who is there: choose another slot")
        case .proofOfPossession where !key.isSilent:
            throw DeviceKeyError(
                .unsupported, "slot \(key.slot) wants a PIN or a touch and cannot sign silently: choose another slot")
        default: return
        }
    }

    /// What the verifier is to judge the key by; `nil` where the card has nothing to show for it.
    ///
    /// - Throws: `DeviceKeyError` where the card could attest the key and refuses: enrolled without, the key would for ever count
    ///   as one in a file.
    private func attest(
        _ key: SlotKey, over challenge: [UInt8], pin: PINSource?, presence: any UserPresence
    ) async throws -> KeyAttestation? {
        let slot = key.reference.slot
        let found = try withCard(at: key.place) { session -> (KeyAttestation.Format, [[UInt8]])? in
            switch try session.firmware() == nil ? .none : session.attestation(of: slot) {
            case .certificate(let statement):
                let issuer = try session.certificate(in: .attestation)
                return (.yubikeyPIV, [statement] + (issuer.map { [$0] } ?? []))
            case .none: return try session.certificate(in: slot).map { (.pivCertificate, [$0]) }
            case .refused(let status):
                throw CardFailure.refused(status, "to attest the key of slot \(slot): plug it in anew and try again;")
            }
        }
        guard let (format, certificates) = found else { return nil }
        var source = PINSource.notNeeded
        if key.reference.needsPIN {
            if let pin { source = pin } else { source = try await enterPIN(at: key.place, presence: presence) }
        }
        let message = Array("countersign-piv-enrollment".utf8) + [0] + challenge
        let signature = try await sign(message, with: key, pin: source, presence: presence)
        return KeyAttestation(
            format: format, parts: ["signature": try key.joseForm(of: signature)], certificates: certificates)
    }
}
