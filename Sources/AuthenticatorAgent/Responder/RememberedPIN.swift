// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
internal import DeviceKeys

/// Asks the person once for the PIN of a key, and gives the same entry again for the second signature of one sign-in.
///
/// The person is verified by a first signature, which is thrown away, before any signal of the device is read; the response
/// is signed after.
actor RememberedPIN: UserPresence {
    private let presence: any UserPresence
    private var entry: SecretBytes?

    init(asking presence: any UserPresence) { self.presence = presence }

    func pin(_ request: PINRequest) async throws -> SecretBytes {
        if !request.lastEntryWasWrong, let entry { return entry }
        entry = nil
        let new = try await presence.pin(request)
        entry = new
        return new
    }

    func newPIN(minimumLength: Int) async throws -> SecretBytes {
        try await presence.newPIN(minimumLength: minimumLength)
    }
}
