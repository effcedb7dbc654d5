// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
public import DeviceKeys

/// Credentials on security keys that speak CTAP (FIDO2, and U2F for what needs no verification).
///
/// Each key has a thread of its own, so that one that waits for a touch holds up no other.
public struct FIDO2KeyStore: KeyStore {
    let options: FIDO2Options
    let finder: DeviceFinder
    private let places = KnownPlaces()

    public var kind: KeyKind { .fido2 }

    /// The store on the security keys of this machine.
    public init(_ options: FIDO2Options = FIDO2Options()) {
        self.init(options, source: SystemDevices())
    }

    /// The store on the security keys of a source.
    package init(_ options: FIDO2Options, source: any DeviceSource) {
        self.options = options
        finder = DeviceFinder(source: source)
    }

    /// A key need not be plugged in: it is waited for. One that may not be opened is of no use.
    public func availability() async -> KeyStoreAvailability {
        do {
            _ = try await finder.devices()
            return .available
        } catch {
            return .unavailable(reason: (error as? DeviceKeyError)?.message ?? "\(error)")
        }
    }

    public func generate(_ request: KeyRequest, presence: any UserPresence) async throws -> GeneratedKey {
        try await CredentialMaker(request: request, options: options, finder: finder, presence: presence).make()
    }

    public func open(_ key: StoredKey) async throws -> any SigningKey {
        guard key.kind == .fido2 else { throw DeviceKeyError(.keyNotFound, "the key is not one of this store") }
        return FIDO2SigningKey(
            stored: key, handle: try CredentialHandle(reading: key.handle), options: options, finder: finder,
            places: places)
    }

    /// Nothing is done: a key deletes only discoverable credentials, and asks for its PIN first. A credential that stays is worth
    /// nothing once its enrolment is gone. ``delete(_:presence:)`` deletes one.
    public func delete(_ key: StoredKey) async throws {}

    /// Nothing is done: a key lists only discoverable credentials, and asks for its PIN first.
    public func deleteAll(except kept: [StoredKey]) async throws {}

    /// A discoverable credential; no other takes a place.
    public func remainder(of key: StoredKey) -> String? {
        guard let handle = try? CredentialHandle(reading: key.handle), handle.isDiscoverable else { return nil }
        return "\(handle.deviceName) keeps a credential for \(handle.relyingPartyID): "
            + "'fido2-token -L -k \(handle.relyingPartyID) DEVICE' lists it, 'fido2-token -D -i ID DEVICE' deletes it"
    }

    /// Deletes a discoverable credential from its key, which asks for the PIN. Others take no place, and are left alone.
    ///
    /// A key is waited for where none is plugged in; of those that are, one has the credential, or it is not there.
    /// - Returns: whether there was one to delete.
    /// - Throws: ``DeviceKeyError``.
    @discardableResult
    package func delete(_ key: StoredKey, presence: any UserPresence) async throws -> Bool {
        let handle = try CredentialHandle(reading: key.handle)
        guard handle.isDiscoverable else { return false }
        try await finder.waiting(for: handle.deviceName, presence: presence, timeout: options.insertTimeout) {
            try await finder.devices().isEmpty ? nil : ()
        }
        let search = CredentialSearch(
            handle, for: .verification, finder: finder, places: places, options: options)
        guard let located = try await search.look(asking: true, presence: presence) else { return false }
        try located.info.checkPIN(of: located.entry)
        let entry = PINEntry(
            entry: located.entry, finder: finder, relyingPartyID: handle.relyingPartyID,
            credentialID: handle.credentialID)
        places.forget(handle.credentialID)
        do {
            let pin = try await entry.verified(presence: presence, triesLeft: located.pinTries)
            try await finder.run(located.entry) { try $0.delete(handle.credentialID, pin: pin) }
        } catch let error as DeviceKeyError where error.code == .keyNotFound {
            return false
        }
        return true
    }
}
