// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// What kind of card the virtual card is.
package struct CardSettings: Sendable {
    /// Whose commands it knows.
    package enum Style: String, Sendable {
        /// A YubiKey's.
        case yubiKey = "yubikey"
        /// None but the standard's.
        case nist
    }

    /// When somebody touches it.
    package enum Touch: Hashable, Sendable {
        case after(milliseconds: UInt32)
        /// Nobody; the card gives up after a moment.
        case never
    }

    package var style: Style
    package var serial: UInt32 = 12_345_678
    package var firmware: [UInt8] = [5, 7, 1]
    package var pin = "123456"
    package var puk = "12345678"
    package var pinTries = 3
    package var managementAlgorithm: UInt8 = 0x0A
    package var managementKey: [UInt8] = (0..<3).flatMap { _ in (1...8).map(UInt8.init) }
    package var touch: Touch = .after(milliseconds: 0)
    /// The card's GUID; `nil` for a card without a name.
    package var guid: [UInt8]?
    /// Whether every answer waits for GET RESPONSE, as on cards that speak T=0.
    package var chainsEveryAnswer = false
    /// Whether the card takes extended lengths.
    package var takesExtendedLength = true
    /// Whether the card says that it does, in its answer to reset.
    package var announcesExtendedLength = true
    /// Whether the card takes the witness of mutual authentication.
    package var knowsMutualAuthentication = true
    /// Whether it is held to the reader: its answer to reset is one that the reader makes (PC/SC Part 3 §3.1.3.2.3).
    package var isContactless = false
    /// The status that it has for each question about a slot; `nil` for answers.
    package var metadataRefusal: UInt16?
    /// The status that it has for each question for an attestation; `nil` for answers.
    package var attestationRefusal: UInt16?
    /// Whether its discovery object names the card's global PIN as the one to use.
    package var prefersGlobalPIN = false

    /// A card as it comes from the factory.
    package init(_ style: Style) {
        self.style = style
        if style == .nist {
            managementAlgorithm = 0x03
            guid = [0xC0, 0xFF, 0xEE] + [UInt8](repeating: 0x11, count: 13)
        }
    }

    /// The answer to reset: T=1, with the historical bytes of a YubiKey, or a plain card's.
    package var answerToReset: [UInt8] {
        let capabilities: UInt8 = announcesExtendedLength ? 0xC0 : 0x80
        let historical: [UInt8] =
            style == .yubiKey
            ? [0x80, 0x73, 0xC0, 0x21, capabilities, 0x57, 0x59, 0x75, 0x62, 0x69, 0x4B, 0x65, 0x79]
            : [0x80, 0x73, 0x80, 0x01, capabilities, 0x45, 0x50, 0x49, 0x56]
        if isContactless {
            let body = [0x80 | UInt8(historical.count), 0x80, 0x01] + historical
            return [0x3B] + body + [body.reduce(0, ^)]
        }
        let body = [0xF0 | UInt8(historical.count), 0x13, 0x00, 0x00, 0x81, 0x31, 0xFE, 0x15] + historical
        return [0x3B] + body + [body.reduce(0, ^)]
    }
}
