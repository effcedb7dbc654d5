// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What a YubiKey answers when it is asked to attest the key of a slot.
enum SlotAttestation: Hashable, Sendable {
    /// The certificate, in DER.
    case certificate([UInt8])
    /// There is nothing to attest: no key, a key that was imported, or a card that attests none.
    case none
    /// The card could attest the key, and does not.
    case refused(StatusWord)

    /// What a status other than success means.
    ///
    /// Yubico writes no list of them down; its own library takes 6A80 for an imported key. A status that is none of these does
    /// not say that there is nothing.
    init(without status: StatusWord) {
        let meansNone = status.meansAbsent || status.meansUnknownCommand || status == .incorrectData
        self = meansNone ? .none : .refused(status)
    }
}
