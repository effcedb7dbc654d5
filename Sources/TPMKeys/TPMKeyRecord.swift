// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibtss2
internal import Cryptography

/// What is kept of a key: the `handle` of a `StoredKey`. Without the TPM that made it, it is worth nothing.
///
/// Four letters, a version (3 of a key with a PIN; 2 of one that a finger verifies for, which has none; 1 of one that nobody is asked for,
/// and of older ones with a PIN), then fields with a length of two bytes before each: the parent's name, the public area, the encrypted
/// private area, the salt of the PIN (empty where there is none).
struct TPMKeyRecord: Hashable, Sendable {
    /// The name of the storage root key that the key hangs below.
    var parentName: [UInt8]
    /// The key.
    var key: WrappedKey
    /// What the PIN is mixed with; `nil` for a key without a PIN.
    var pinSalt: [UInt8]?
    /// Whether it signs only after the machine's reader knew the person's finger. The TPM knows nothing of that.
    var isBehindFinger = false
    /// How the PIN is stretched, where there is one.
    var pinCost = PINAuthorization.Cost.current

    /// The longest record that is read.
    static let longest = 4096
    private static let longestPrivateArea = 1024
    private static let nameSize = 34
    private static let letters = Array("CSTK".utf8)
    private static let plainVersion: UInt8 = 1
    private static let fingerVersion: UInt8 = 2
    private static let pinVersion: UInt8 = 3

    init(parentName: [UInt8], key: WrappedKey, pinSalt: [UInt8]?, isBehindFinger: Bool = false) {
        self.parentName = parentName
        self.key = key
        self.pinSalt = pinSalt
        self.isBehindFinger = isBehindFinger
    }

    /// Reads a record; `nil` where the bytes are not exactly one with a key of ours.
    init?(reading bytes: [UInt8]) {
        guard bytes.count <= Self.longest, bytes.starts(with: Self.letters) else { return nil }
        var rest = bytes.dropFirst(Self.letters.count)
        guard let version = rest.popFirst(), (Self.plainVersion...Self.pinVersion).contains(version) else { return nil }
        var fields: [[UInt8]] = []
        while !rest.isEmpty {
            guard fields.count < 4, rest.count >= 2 else { return nil }
            let length = Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
            rest = rest.dropFirst(2)
            guard length <= rest.count else { return nil }
            fields.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        guard fields.count == 4, fields[0].count == Self.nameSize,
            (1...Self.longestPrivateArea).contains(fields[2].count),
            [0, PINAuthorization.saltSize].contains(fields[3].count)
        else { return nil }
        self.init(
            parentName: fields[0], key: WrappedKey(publicArea: fields[1], privateArea: fields[2]),
            pinSalt: fields[3].isEmpty ? nil : fields[3], isBehindFinger: version == Self.fingerVersion)
        guard !isBehindFinger || pinSalt == nil, version != Self.pinVersion || pinSalt != nil else { return nil }
        if version == Self.plainVersion, pinSalt != nil { pinCost = .former }
        // A guarded key whose wrong PINs do not count, or the other way round, is not one that was made here.
        guard let area = TPMStructures.publicArea(fields[1]),
            area.matches(KeyTemplate.signing(isGuarded: pinSalt != nil))
        else { return nil }
    }

    /// The bytes to keep.
    var bytes: [UInt8] {
        [parentName, key.publicArea, key.privateArea, pinSalt ?? []].reduce(into: header) { bytes, field in
            bytes += [UInt8(field.count >> 8), UInt8(field.count & 0xFF)]
            bytes += field
        }
    }

    private var header: [UInt8] {
        let withoutPIN = isBehindFinger ? Self.fingerVersion : Self.plainVersion
        return Self.letters + [pinSalt != nil && pinCost == .current ? Self.pinVersion : withoutPIN]
    }

    /// The public key, where it is one.
    var publicKey: PublicKey? { TPMStructures.publicArea(key.publicArea)?.p256Key }

    /// The key's name in the TPM.
    var name: [UInt8] { TPMStructures.sha256Name(of: key.publicArea) }
}
