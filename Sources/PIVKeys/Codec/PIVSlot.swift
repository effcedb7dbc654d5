// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A place for a key on a PIV card (NIST SP 800-73-4 Part 1 §3.1, Table 4b of Part 1).
public struct PIVSlot: Hashable, Sendable {
    /// The key reference.
    public let reference: UInt8

    /// PIV authentication: asks for the PIN once.
    public static let authentication = PIVSlot(checked: 0x9A)
    /// Digital signature: asks for the PIN each time.
    public static let signature = PIVSlot(checked: 0x9C)
    /// Key management.
    public static let keyManagement = PIVSlot(checked: 0x9D)
    /// Card authentication: signs silently.
    public static let cardAuthentication = PIVSlot(checked: 0x9E)
    /// YubiKey's key that certifies the keys of the other slots.
    static let attestation = PIVSlot(checked: 0xF9)

    /// The slots that a person's keys can be in.
    public static let all =
        [authentication, signature, keyManagement, cardAuthentication] + (0x82...0x95).map { PIVSlot(checked: $0) }

    private init(checked reference: UInt8) { self.reference = reference }

    /// A slot by its key reference; `nil` where it is none for a person's keys.
    public init?(reference: UInt8) {
        guard [0x9A, 0x9C, 0x9D, 0x9E].contains(reference) || (0x82...0x95).contains(reference) else { return nil }
        self.reference = reference
    }

    /// A slot by its name, two hexadecimal digits such as `9a`.
    public init?(_ name: String) {
        guard name.utf8.count == 2, let reference = UInt8(name, radix: 16) else { return nil }
        self.init(reference: reference)
    }

    /// The tag of the object that holds the slot's certificate (SP 800-73-4 Part 1, Table 3; YubiKey's for f9).
    var certificateObject: UInt32 {
        switch reference {
        case 0x9A: 0x5FC105
        case 0x9C: 0x5FC10A
        case 0x9D: 0x5FC10B
        case 0x9E: 0x5FC101
        case 0xF9: 0x5FFF01
        default: 0x5FC10D + UInt32(reference) - 0x82
        }
    }

    /// Whether the standard lets this slot's key be used without a PIN.
    var isSilentByDefault: Bool { self == .cardAuthentication }
}

extension PIVSlot: CustomStringConvertible {
    public var description: String { String(reference, radix: 16) }
}
