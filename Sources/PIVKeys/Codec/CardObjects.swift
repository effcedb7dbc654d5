// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The card's own name: the Card Holder Unique Identifier (NIST SP 800-73-4 Part 1 §3.1.2), of which only the GUID is read.
enum CardHolderUniqueIdentifier {
    static let object: UInt32 = 0x5FC102

    /// The GUID, 16 bytes; `nil` where it is absent or all zero, as on a card that nobody has named yet.
    ///
    /// - Throws: ``CardFailure/malformed(_:)``.
    static func guid(in value: [UInt8]) throws(CardFailure) -> [UInt8]? {
        let objects = try BERTLV.all(in: value, of: "card holder unique identifier")
        guard let guid = objects.value(0x34), guid.contains(where: { $0 != 0 }) else { return nil }
        guard guid.count == 16 else { throw .malformed("card holder unique identifier") }
        return guid
    }
}

/// Which PIN the card wants (NIST SP 800-73-4 Part 1 §3.3.2, the discovery object).
enum DiscoveryObject {
    static let object: UInt32 = 0x7E

    /// The key reference of VERIFY: the card's global PIN where the card prefers that one, else the application's.
    ///
    /// - Throws: ``CardFailure/malformed(_:)``.
    static func pinReference(in value: [UInt8]) throws(CardFailure) -> UInt8 {
        let objects = try BERTLV.all(in: value, of: "discovery object")
        guard let policy = objects.value(0x5F2F) else { return PINReference.application }
        guard policy.count == 2 else { throw .malformed("discovery object") }
        let hasGlobal = policy[0] & 0x20 != 0
        return hasGlobal && policy[1] == 0x20 ? PINReference.global : PINReference.application
    }
}

/// The key references of PINs (SP 800-73-4 Part 1, Table 4a).
enum PINReference {
    static let application: UInt8 = 0x80
    static let global: UInt8 = 0x00
}

/// What Yubico's tools keep on a card about its management key.
struct AdminData: Hashable, Sendable {
    static let object: UInt32 = 0x5FFF00

    /// Whether the management key is in the object of printed information, behind the PIN.
    var isKeyProtectedByPIN: Bool
    /// Whether the management key is derived from the PIN: a form that Yubico gave up.
    var isKeyDerivedFromPIN: Bool

    /// Reads the value of the object.
    ///
    /// - Throws: ``CardFailure/malformed(_:)``.
    init(_ value: [UInt8]) throws(CardFailure) {
        let objects = try BERTLV.all(in: try BERTLV.value(of: 0x80, in: value, what: "admin data"), of: "admin data")
        isKeyProtectedByPIN = (objects.value(0x81)?.first ?? 0) & 0x02 != 0
        isKeyDerivedFromPIN = objects.value(0x82)?.isEmpty == false
    }
}

/// The object of printed information, where Yubico's tools keep a management key behind the PIN.
enum ProtectedManagementKey {
    static let object: UInt32 = 0x5FC109

    /// Where the key's bytes stand in a card's answer; `nil` where the object holds none.
    ///
    /// - Throws: ``CardFailure/malformed(_:)``.
    static func key(in answer: [UInt8]) throws(CardFailure) -> Range<Int>? {
        try BERTLV.range(of: [0x53, 0x88, 0x89], in: answer, what: "protected management key")
    }
}
