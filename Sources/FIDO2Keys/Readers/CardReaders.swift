// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import SmartCards
internal import Synchronization

/// Security keys on smart-card readers, by the machine's PC/SC service.
///
/// Looking for the FIDO applet deselects whatever another program uses on a card. So only cards that came over the air are asked,
/// and each but once while it lies there.
struct CardReaders: Sendable {
    /// What a card was found to be. It holds as long as the card lies there, which the service's count tells, in one run of it.
    private struct Finding {
        var instance: PCSCInstance
        var eventCount: Int
        var isSecurityKey: Bool
    }

    private static let mostReaders = 16
    /// How long another program may be at a card that is looked at, and at one that is to sign.
    private static let shortPatience = Duration.seconds(1)
    private static let patience = Duration.seconds(10)
    private static let known = Mutex<[String: Finding]>([:])

    /// Whether the service runs already.
    static var isServiceRunning: Bool { PCSCInstance.current != nil }

    /// The keys that lie on readers now; none where there is no PC/SC service.
    func securityKeys() -> [DeviceEntry] {
        // Before the cards are counted: a service that starts in between is not taken for the one before it.
        let instance = PCSCInstance.current
        guard let all = try? PCSCContext().cards() else { return [] }
        Self.known.withLock { known in known = known.filter { reader, _ in all.contains { $0.reader == reader } } }
        let cards = all.prefix(Self.mostReaders).filter { Self.isContactless($0.answerToReset) }
        return cards.filter { isSecurityKey($0, instance) }.map { card in
            let reader = card.reader
            return DeviceEntry(
                path: "pcsc:\(reader)", product: "Security key on \(reader)",
                link: .card { ReaderChannel(reader: reader, patience: Self.patience) })
        }
    }

    private func isSecurityKey(_ card: PCSCCard, _ instance: PCSCInstance?) -> Bool {
        if let found = Self.known.withLock({ $0[card.reader] }), found.instance == instance,
            found.eventCount == card.eventCount
        {
            return found.isSecurityKey
        }
        guard let channel = ReaderChannel(reader: card.reader, patience: Self.shortPatience) else { return false }
        defer { channel.close() }
        let select = [0x00, 0xA4, 0x04, 0x00, UInt8(CardSession.applet.count)] + CardSession.applet + [0x00]
        guard let answer = channel.transmit(select) else { return false }
        let isSecurityKey = answer.suffix(2) == [0x90, 0x00]
        if let instance {
            let finding = Finding(instance: instance, eventCount: card.eventCount, isSecurityKey: isSecurityKey)
            Self.known.withLock { $0[card.reader] = finding }
        }
        return isSecurityKey
    }

    /// Whether an answer to reset is one that PC/SC makes up for a card without contacts (PC/SC Part 3, §3.1.3.2.3): protocols
    /// T=0 and T=1, in this form.
    static func isContactless(_ answer: [UInt8]) -> Bool {
        answer.count >= 4 && answer[0] == 0x3B && answer[1] & 0xF0 == 0x80 && answer[2] == 0x80 && answer[3] == 0x01
    }
}
