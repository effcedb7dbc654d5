// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// What an authenticator says of itself and of the moment in which it signed (WebAuthn §6.1).
public struct AuthenticatorData: Hashable, Sendable {
    /// The flags of an authenticator's data.
    public struct Flags: OptionSet, Hashable, Sendable {
        /// The byte.
        public let rawValue: UInt8

        /// Flags.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Somebody was there (UP).
        public static let userPresent = Flags(rawValue: 0x01)
        /// It was the owner, by PIN or biometry (UV).
        public static let userVerified = Flags(rawValue: 0x04)
        /// The credential may be copied to other devices (BE).
        public static let backupEligible = Flags(rawValue: 0x08)
        /// The credential was copied (BS).
        public static let backupState = Flags(rawValue: 0x10)
        /// A credential's data follow (AT).
        public static let attestedCredentialData = Flags(rawValue: 0x40)
        /// Extensions' data follow (ED).
        public static let extensionData = Flags(rawValue: 0x80)
    }

    /// A credential that was just made (WebAuthn §6.5.1).
    public struct AttestedCredential: Hashable, Sendable {
        /// The model of the authenticator.
        public let aaguid: AAGUID
        /// The credential's id, at most ``AuthenticatorData/maximumCredentialIDLength`` bytes.
        public let credentialID: [UInt8]
        /// Its public key.
        public let publicKey: PublicKey
    }

    /// The longest id that a credential may have (WebAuthn §4).
    public static let maximumCredentialIDLength = 1023
    /// The longest data that are read, in bytes.
    public static let maximumLength = 8 * 1024

    /// SHA-256 of the relying party's id, 32 bytes.
    public let relyingPartyIDHash: [UInt8]
    /// The flags.
    public let flags: Flags
    /// How often the credential, or the authenticator, has signed; 0 where it does not count.
    public let signCount: UInt32
    /// The credential that was made, in the answer to its making.
    public let attestedCredential: AttestedCredential?
    /// What extensions said (WebAuthn §9): a map.
    public let extensions: CBOR?

    /// Reads an authenticator's data. The flags tell what follows; nothing else may.
    public init(_ bytes: [UInt8]) throws(AuthenticatorDataError) {
        guard bytes.count <= Self.maximumLength else { throw .tooLong }
        guard bytes.count >= Self.fixedLength else { throw .truncated }
        relyingPartyIDHash = Array(bytes[..<32])
        flags = Flags(rawValue: bytes[32])
        signCount = bytes[33..<37].reduce(0) { $0 << 8 | UInt32($1) }
        var rest = bytes[Self.fixedLength...]
        attestedCredential =
            flags.contains(.attestedCredentialData) ? try Self.credential(from: &rest) : nil
        if flags.contains(.extensionData) {
            let value = try Self.value(from: &rest)
            guard value.pairs != nil else { throw .malformedExtensions }
            extensions = value
        } else {
            extensions = nil
        }
        guard rest.isEmpty else { throw .trailingBytes }
    }

    private static let fixedLength = 37

    private static func credential(
        from rest: inout ArraySlice<UInt8>
    ) throws(AuthenticatorDataError) -> AttestedCredential {
        guard rest.count >= 18, let aaguid = AAGUID(bytes: rest.prefix(16)) else { throw .truncated }
        rest = rest.dropFirst(16)
        let length = rest.prefix(2).reduce(0) { $0 << 8 | Int($1) }
        rest = rest.dropFirst(2)
        guard (1...maximumCredentialIDLength).contains(length) else { throw .malformedCredential }
        guard rest.count >= length else { throw .truncated }
        let id = Array(rest.prefix(length))
        rest = rest.dropFirst(length)
        let value = try value(from: &rest)
        guard let key = try? COSEKey(value) else { throw .malformedCredential }
        return AttestedCredential(aaguid: aaguid, credentialID: id, publicKey: key.publicKey)
    }

    private static func value(from rest: inout ArraySlice<UInt8>) throws(AuthenticatorDataError) -> CBOR {
        do {
            let (value, length) = try CBOR.decodePrefix(of: rest)
            rest = rest.dropFirst(length)
            return value
        } catch {
            throw .malformedCBOR(error)
        }
    }
}

/// Why bytes are not an authenticator's data.
public enum AuthenticatorDataError: Error, Hashable, Sendable {
    /// They are longer than is read.
    case tooLong
    /// They end too early.
    case truncated
    /// Something stands behind what the flags announce.
    case trailingBytes
    /// The credential's id or key is none that can be.
    case malformedCredential
    /// The extensions' data are no map.
    case malformedExtensions
    /// The CBOR inside is broken.
    case malformedCBOR(CBORError)
}
