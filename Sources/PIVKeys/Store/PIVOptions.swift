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
    /// The slot of a key that verifies the person; `nil` for 9a.
    public var verificationSlot: PIVSlot?
    /// The slot of a key that signs silently; `nil` for 9e.
    public var possessionSlot: PIVSlot?
    /// Where the key comes from.
    public var source: Source
    /// The algorithm of a key that the card makes.
    public var algorithm: PIVAlgorithm
    /// When a key that a YubiKey makes asks for the PIN.
    public var pinPolicy: PIVPINPolicy
    /// When a key that a YubiKey makes asks for a touch.
    public var touchPolicy: PIVTouchPolicy
    /// A certificate in DER that is to be put beside an existing key.
    public var certificate: [UInt8]?

    /// The options.
    public init(
        card: String? = nil, verificationSlot: PIVSlot? = nil, possessionSlot: PIVSlot? = nil,
        source: Source = .existing, algorithm: PIVAlgorithm = .p256,
        pinPolicy: PIVPINPolicy = .standard, touchPolicy: PIVTouchPolicy = .standard, certificate: [UInt8]? = nil
    ) {
        self.card = card
        self.verificationSlot = verificationSlot
        self.possessionSlot = possessionSlot
        self.source = source
        self.algorithm = algorithm
        self.pinPolicy = pinPolicy
        self.touchPolicy = touchPolicy
        self.certificate = certificate
    }
}
