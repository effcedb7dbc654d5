// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography

/// A key in a slot.
struct SlotKey: Hashable, Sendable {
    var reference: KeyReference
    var publicKey: PublicKey
    /// The hardware's name, for a person.
    var deviceName: String

    /// How the key's card is found.
    var place: CardPlace {
        CardPlace(
            identity: reference.card, holding: (reference.slot, publicKey), deviceName: deviceName)
    }

    /// What stays on the card where nothing comes of the key.
    var remainder: String {
        "slot \(reference.slot) of \(deviceName) keeps its key: to use it, "
            + "enroll with --key piv and that slot (--slot or --possession-slot), and without --generate"
    }
}

/// How a card is found: by its name, else by a key that it holds, else by the reader that it was just in.
struct CardPlace: Sendable {
    var identity: CardIdentity?
    var reader: String?
    var holding: (slot: PIVSlot, publicKey: PublicKey)?
    /// The hardware's name, for a person.
    var deviceName: String

    /// Whether this is the card.
    func matches(_ session: PIVSession) throws(CardFailure) -> Bool {
        if let identity { return try session.identity() == identity }
        if let (slot, publicKey) = holding {
            let isYubiKey = try session.firmware() != nil
            return try SlotSurvey(session, slot, isYubiKey: isYubiKey).publicKey == publicKey
        }
        return session.card.reader == reader
    }
}
