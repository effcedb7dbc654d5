// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// When a slot's key asks for the PIN (YubiKey's extension to GENERATE ASYMMETRIC KEY PAIR).
public enum PIVPINPolicy: String, Hashable, Sendable, Codable, CaseIterable {
    /// As the standard has it for the slot: never for 9e, each time for 9c, once for the others.
    case standard
    /// Never.
    case never
    /// Once a session.
    case once
    /// Before each signature.
    case always

    /// The policy's byte; 0 stands for the slot's own.
    var identifier: UInt8 {
        switch self {
        case .standard: 0
        case .never: 1
        case .once: 2
        case .always: 3
        }
    }

    /// The policy of a byte; where a finger may stand in for the PIN (4 and 5), the PIN still counts.
    init?(identifier: UInt8) {
        switch identifier {
        case 0: self = .standard
        case 1: self = .never
        case 2, 4: self = .once
        case 3, 5: self = .always
        default: return nil
        }
    }

    /// Whether a key with this policy in a slot wants a PIN.
    func needsPIN(in slot: PIVSlot) -> Bool {
        switch self {
        case .standard: !slot.isSilentByDefault
        case .never: false
        case .once, .always: true
        }
    }
}

/// When a slot's key asks for a touch (YubiKey's extension).
public enum PIVTouchPolicy: String, Hashable, Sendable, Codable, CaseIterable {
    /// As the card has it: never.
    case standard
    /// Never.
    case never
    /// Before each signature.
    case always
    /// Before each signature, except for 15 seconds after a touch.
    case cached

    /// The policy's byte; 0 stands for the card's own.
    var identifier: UInt8 {
        switch self {
        case .standard: 0
        case .never: 1
        case .always: 2
        case .cached: 3
        }
    }

    /// The policy of a byte.
    init?(identifier: UInt8) {
        guard let found = Self.allCases.first(where: { $0.identifier == identifier }) else { return nil }
        self = found
    }

    /// Whether a signature may wait for a touch.
    var mayWaitForTouch: Bool { self == .always || self == .cached }
}
