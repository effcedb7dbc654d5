// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibpcsclite
internal import Glibc
internal import Synchronization

/// Security keys on smart-card readers, by the machine's PC/SC service.
///
/// Looking for the FIDO applet deselects whatever another program uses on a card. So only cards that came over the air are asked,
/// and each but once while it lies there.
struct CardReaders: Sendable {
    private static let mostReaders = 16
    /// What was found, by reader; the number is PC/SC's count of what happened there.
    private static let known = Mutex<[String: (event: UInt, isSecurityKey: Bool)]>([:])

    /// Whether the service runs already.
    static var isServiceRunning: Bool { access("/run/pcscd/pcscd.pid", F_OK) == 0 }

    /// The keys that lie on readers now; none where there is no PC/SC service.
    func securityKeys() -> [DeviceEntry] {
        guard let context = PCSCContext() else { return [] }
        let cards = context.cards(limit: Self.mostReaders).filter { Self.isContactless($0.answerToReset) }
        return cards.filter(isSecurityKey).map { card in
            let reader = card.reader
            return DeviceEntry(
                path: "pcsc:\(reader)", product: "Security key on \(reader)",
                link: .card {
                    PCSCContext().flatMap { PCSCCard($0, reader: reader, exclusive: true) }
                })
        }
    }

    private func isSecurityKey(_ card: PCSCContext.Card) -> Bool {
        if let found = Self.known.withLock({ $0[card.reader] }), found.event == card.event {
            return found.isSecurityKey
        }
        guard let context = PCSCContext(), let channel = PCSCCard(context, reader: card.reader, exclusive: false) else {
            return false
        }
        defer { channel.close() }
        let select = [0x00, 0xA4, 0x04, 0x00, UInt8(CardSession.applet.count)] + CardSession.applet + [0x00]
        guard let answer = channel.transmit(select) else { return false }
        let isSecurityKey = answer.suffix(2) == [0x90, 0x00]
        Self.known.withLock { $0[card.reader] = (card.event, isSecurityKey) }
        return isSecurityKey
    }

    /// Whether an answer to reset is one that PC/SC makes up for a card without contacts (PC/SC Part 3, §3.1.3.2.3): protocols
    /// T=0 and T=1, in this form.
    static func isContactless(_ answer: [UInt8]) -> Bool {
        answer.count >= 4 && answer[0] == 0x3B && answer[1] & 0xF0 == 0x80 && answer[2] == 0x80 && answer[3] == 0x01
    }
}
