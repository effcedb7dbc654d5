// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A place where keys are made and used: the plug point of a kind of key.
///
/// Implementations do their blocking work on an executor of their own, never on the cooperative pool.
public protocol KeyStore: Sendable {
    /// The kind of all keys of this store.
    var kind: KeyKind { get }

    /// Whether keys can be made here now, and if not, why and what to do.
    func availability() async -> KeyStoreAvailability

    /// Makes a key that survives a restart from the moment this returns.
    ///
    /// - Parameter presence: asks the person for a new PIN or a touch where the key needs one.
    /// - Throws: ``DeviceKeyError``.
    func generate(_ purpose: KeyPurpose, presence: any UserPresence) async throws -> StoredKey

    /// Opens a key that this store made.
    ///
    /// - Throws: ``DeviceKeyError``, with ``DeviceKeyError/Code/keyNotFound`` where it is gone.
    func open(_ key: StoredKey) async throws -> any SigningKey

    /// Destroys a key. One that is gone already is no error.
    func delete(_ key: StoredKey) async throws

    /// Destroys every key of this store that is not among these: what an interrupted enrolment left.
    func deleteAll(except kept: [StoredKey]) async throws
}

/// Whether a store can make keys now.
public enum KeyStoreAvailability: Hashable, Sendable {
    /// It can.
    case available
    /// It cannot; the reason and what to do about it are for a person.
    case unavailable(reason: String)
}
