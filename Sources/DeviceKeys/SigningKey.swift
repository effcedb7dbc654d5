// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A key that is there, and may have to be unlocked.
public protocol SigningKey: Sendable {
    /// The key as it is kept.
    var stored: StoredKey { get }

    /// Makes the key ready for one signature, so far as that can be done before the message is known: a key is found, a PIN is asked
    /// for, a finger looked at by the machine's reader. What hardware checks by itself, a PIN above all, it checks as it signs, so that
    /// it is gone to once; a touch comes with the signature too.
    ///
    /// - Parameters:
    ///   - use: what the signature is to prove.
    ///   - presence: asked for a PIN where the key needs one; never by a key that is silent.
    /// - Throws: ``DeviceKeyError``, with ``DeviceKeyError/Code/interactionNeeded`` where the key cannot sign silently and it
    ///   was to.
    func unlock(for use: KeyUse, presence: any UserPresence) async throws -> any UnlockedKey
}

/// What a signature is to prove.
public enum KeyUse: Hashable, Sendable {
    /// Possession, without asking anybody.
    case possession
    /// That somebody is there: hardware that can be touched asks for it.
    case presence
    /// That it is the person: by a PIN or a fingerprint.
    case verification
}

/// A key that is ready for one signature. Whatever unlocked it is wiped with this value.
public protocol UnlockedKey: Sendable {
    /// How the person was verified, or will be as the key signs (a key that reads the finger as it signs).
    var verification: UserVerificationMethod { get }

    /// Signs a message: in JOSE's form (RFC 7518 §3.3, §3.4; RFC 8037 §3.1), or, by a key of the kind ``KeyKind/fido2``, as
    /// an assertion over a client data object whose challenge is the message's SHA-256, written as the JSON object of
    /// docs/protocol.md §3.
    ///
    /// A PIN that turns out to be wrong is asked for again, until it is right, the person gives up, or the key takes no more.
    /// - Parameters:
    ///   - presence: told while the key waits for a touch; asked for the PIN again where it was wrong.
    ///   - message: makes what is to be signed. It is called before each attempt, since a person may take their time between two;
    ///     the signature is of what it made last.
    /// - Throws: ``DeviceKeyError``, or what `message` throws.
    func sign(presence: any UserPresence, _ message: @Sendable () async throws -> [UInt8]) async throws -> [UInt8]
}

extension UnlockedKey {
    /// Signs a message that is known.
    ///
    /// - Parameter presence: as of ``sign(presence:_:)``.
    /// - Throws: ``DeviceKeyError``.
    public func sign(_ message: [UInt8], presence: any UserPresence) async throws -> [UInt8] {
        try await sign(presence: presence) { message }
    }
}

/// How a person was verified; the names are of RFC 8176.
public enum UserVerificationMethod: String, Hashable, Sendable, Codable {
    /// Not at all.
    case none
    /// By a PIN.
    case pin
    /// By a fingerprint.
    case fingerprint = "fpt"
}
