// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// How long a card may take to answer, by what it is asked. A card that is at work keeps its reader waiting (ISO/IEC 7816-3 §11.4.3),
/// as long as it likes: what takes longer is no answer to anybody any more.
struct AnswerTime: Sendable {
    /// For what needs no more than a look into the card's memory, or the check of a PIN.
    var usual = Duration.seconds(10)
    /// For what is computed with a private key: cards wait for a touch for 15 to 30 seconds.
    var signing = Duration.seconds(60)
    /// For a key that the card makes: RSA keys of 4,096 bits take minutes.
    var keyGeneration = Duration.seconds(300)
    /// For a person who types on the reader's pad, beyond what the reader itself waits.
    var typing = Duration.seconds(150)

    /// The time for a command.
    func limit(for command: [UInt8]) -> Duration {
        switch command.count > 1 ? command[1] : 0 {
        case 0x47: keyGeneration
        case 0x87, 0xF9: signing
        default: usual
        }
    }

    /// The time for what is asked of the reader itself.
    func limit(forControl code: UInt32) -> Duration { code == ReaderFeatures.request ? usual : typing }
}
