// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Which card and which key of it are meant.
public struct PIVOptions: Hashable, Sendable {
    /// Where a new key of an enrolment comes from.
    public enum Source: Hashable, Sendable {
        /// The key that is in the slot.
        case existing
        /// A key that the card makes; the slot has to be empty.
        case new
        /// A key that the card makes; one that is in the slot is lost.
        case replacement
    }

    /// A part of the reader's name, or the card's serial number or GUID; `nil` where there is one card only.
    public var card: String?
    /// The slot of a key that verifies the person.
    public var verificationSlot: PIVSlot
    /// The slot of a key that signs silently.
    public var possessionSlot: PIVSlot
    /// Where the key comes from.
    public var source: Source
    /// The algorithm of a key that the card makes.
    public var algorithm: PIVAlgorithm
    /// When a key behind the PIN that a YubiKey makes asks for it. One that signs silently never asks.
    public var pinPolicy: PIVPINPolicy
    /// When a key behind the PIN that a YubiKey makes asks for a touch. One that signs silently never asks.
    public var touchPolicy: PIVTouchPolicy

    /// The options.
    public init(
        card: String? = nil, verificationSlot: PIVSlot = .authentication, possessionSlot: PIVSlot = .cardAuthentication,
        source: Source = .existing, algorithm: PIVAlgorithm = .p256,
        pinPolicy: PIVPINPolicy = .standard, touchPolicy: PIVTouchPolicy = .standard
    ) {
        self.card = card
        self.verificationSlot = verificationSlot
        self.possessionSlot = possessionSlot
        self.source = source
        self.algorithm = algorithm
        self.pinPolicy = pinPolicy
        self.touchPolicy = touchPolicy
    }
}
