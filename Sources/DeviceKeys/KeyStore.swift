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
    /// - Throws: ``DeviceKeyError``, with ``DeviceKeyError/Code/sameHardware`` where the hardware has a key that the new one is a
    ///   spare for.
    func generate(_ request: KeyRequest, presence: any UserPresence) async throws -> GeneratedKey

    /// Opens a key that this store made.
    ///
    /// - Throws: ``DeviceKeyError``, with ``DeviceKeyError/Code/keyNotFound`` where it is gone.
    func open(_ key: StoredKey) async throws -> any SigningKey

    /// Destroys a key. One that is gone already is no error, and neither is one in hardware that would ask for a PIN to delete
    /// it: such a key stays there, and is worth nothing once its enrolment is gone.
    func delete(_ key: StoredKey) async throws

    /// Destroys every key of this store that is not among these: what an interrupted enrolment left. Hardware that cannot be
    /// searched without asking the person is left alone.
    func deleteAll(except kept: [StoredKey]) async throws

    /// What ``delete(_:)`` leaves of a key in its hardware, where that takes a place that a person may want back or can use: a sentence
    /// without its full stop, which says what to do. `nil` where nothing is left, or nothing that anybody notices.
    func remainder(of key: StoredKey) -> String?
}

extension KeyStore {
    /// Where keys are deleted nothing is left.
    public func remainder(of key: StoredKey) -> String? { nil }
}

/// Whether a store can make keys now.
public enum KeyStoreAvailability: Hashable, Sendable {
    /// It can.
    case available
    /// It cannot; the reason and what to do about it are for a person.
    case unavailable(reason: String)
}

/// What a new key is for.
public struct KeyRequest: Hashable, Sendable {
    /// What the key is for.
    public var purpose: KeyPurpose
    /// The verifier's issuer URL. Keys that are bound to a relying party are bound to one that is derived from it.
    public var issuer: String
    /// The organisation's name, for a person; it may come from elsewhere, so it is shown with care.
    public var organizationName: String
    /// What an attestation is to cover so that it is known to be fresh: the verifier's 32 bytes. `nil` where none is asked for.
    public var attestationChallenge: [UInt8]?
    /// How the person will be verified, of a user-verification key: by a PIN, or, of the kinds ``KeyKind/software`` and
    /// ``KeyKind/tpm`` alone, by the machine's fingerprint reader. Security keys and cards verify by means of their own.
    public var verification: UserVerificationMethod
    /// The keys that the new one is a spare for, of any kind: hardware that has one of them makes none. Of the kinds of key here,
    /// ``KeyKind/fido2`` alone looks.
    public var spareFor: [StoredKey]

    /// A request.
    public init(
        purpose: KeyPurpose, issuer: String, organizationName: String, attestationChallenge: [UInt8]? = nil,
        verification: UserVerificationMethod = .pin, spareFor: [StoredKey] = []
    ) {
        self.purpose = purpose
        self.issuer = issuer
        self.organizationName = organizationName
        self.attestationChallenge = attestationChallenge
        self.verification = verification
        self.spareFor = spareFor
    }

    /// Whether the key is to sign only after the machine's fingerprint reader knew the person's finger.
    public var isBehindFinger: Bool { purpose == .userVerification && verification == .fingerprint }
}

/// A new key, and what its hardware says of it.
public struct GeneratedKey: Hashable, Sendable {
    /// The key as it is kept.
    public var stored: StoredKey
    /// What the hardware certifies of the key; `nil` where the kind of key has no such thing or none was asked for.
    public var attestation: KeyAttestation?

    /// A new key.
    public init(stored: StoredKey, attestation: KeyAttestation? = nil) {
        self.stored = stored
        self.attestation = attestation
    }
}
