// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// A PIV card that is not there: NIST SP 800-73-4 with a YubiKey's extensions, below the real drivers or a test's own.
///
/// It keeps the rules itself: PINs and their counters, policies, the management key, touch.
package final class VirtualPIVCard: Sendable {
    /// What happened at the card.
    package struct Log: Hashable, Sendable {
        /// Each command as it came.
        package var commands: [[UInt8]] = []
        /// How many signatures were made.
        package var signatures = 0
    }

    package let answerToReset: [UInt8]
    private let applet: Mutex<CardApplet>

    /// A card, and its maker's root, which may certify others too.
    package init(_ settings: CardSettings, authority: AttestationAuthority = AttestationAuthority()) {
        answerToReset = settings.answerToReset
        let made = CardApplet(settings, authority: authority)
        applet = Mutex(made)
    }

    /// Takes the card's power away: it forgets what was shown to it.
    package func powerOff() { applet.withLock { $0.powerOff() } }

    /// Answers a command.
    package func transmit(_ command: [UInt8]) -> [UInt8] { applet.withLock { $0.answer(command) } }

    package var log: Log { applet.withLock { $0.log } }

    package func clearLog() { applet.withLock { $0.log = Log() } }

    /// How many wrong PINs are left.
    package var pinTriesLeft: Int { applet.withLock { $0.pin.left } }

    /// Whether the card has been shown the PIN, and has not forgotten it.
    package var isPINVerified: Bool { applet.withLock { $0.isVerified } }

    /// Changes the card behind everybody's back.
    package func change(_ body: @Sendable (inout CardSettings) -> Void) {
        applet.withLock { body(&$0.settings) }
    }

    /// Sets another PIN with all its tries, as another program would.
    package func setPIN(_ text: String) { applet.withLock { $0.pin.set(text) } }

    /// Writes a data object's value, without its tag 53.
    package func store(_ value: [UInt8], in tag: UInt32) { applet.withLock { $0.objects[tag] = value } }

    package func object(_ tag: UInt32) -> [UInt8]? { applet.withLock { $0.objects[tag] } }

    /// Makes a key in a slot.
    package func makeKey(_ algorithm: UInt8, in slot: UInt8, pinPolicy: UInt8 = 0, touchPolicy: UInt8 = 0) {
        applet.withLock { $0.makeKey(algorithm, in: slot, pinPolicy: pinPolicy, touchPolicy: touchPolicy) }
    }

    /// Puts a certificate that the slot's key signs beside it.
    package func certify(_ slot: UInt8, subject: String) { applet.withLock { $0.certify(slot, subject: subject) } }
}
