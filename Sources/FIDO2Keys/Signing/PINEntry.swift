// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibfido2
internal import Cryptography
internal import DeviceKeys

/// Asks for a key's PIN until it is right, the person gives up, or the key takes no more.
struct PINEntry: Sendable {
    /// What a PIN is long at least, in Unicode characters, and at most, in bytes (CTAP 2.1 §6.5.1).
    private static let minimumCharacters = 4
    private static let maximumBytes = 63

    /// Other programs used tries since the person was told how many there are, and but one is left.
    private struct TriesDwindled: Error {}

    let entry: DeviceEntry
    let finder: DeviceFinder
    let relyingPartyID: String
    /// What the PIN is checked on; any other where there is no credential yet.
    let credentialID: [UInt8]?

    /// A PIN that the key has just taken, without a touch.
    ///
    /// - Parameter lastWasWrong: whether the person is told that the entry before was wrong.
    /// - Throws: ``DeviceKeyError``.
    func verified(presence: any UserPresence, lastWasWrong: Bool = false) async throws -> SecretBytes {
        var wasWrong = lastWasWrong
        while true {
            let left = try await finder.run(entry) { try $0.pinTries() }
            guard left > 0 else { throw await finder.explained(CTAPFailure(FIDO_ERR_PIN_BLOCKED), on: entry) }
            let pin = try await presence.pin(
                PINRequest(deviceName: entry.name, triesLeft: left, lastEntryWasWrong: wasWrong))
            try Task.checkCancellation()
            // What cannot be a PIN costs no try.
            guard Self.isPossible(pin) else {
                wasWrong = true
                continue
            }
            do {
                if try await isRight(pin, toldTries: left) { return pin }
                wasWrong = true
            } catch is TriesDwindled {
                continue
            }
        }
    }

    /// Checks a PIN by an assertion that needs no touch. The key takes the PIN before it looks at the rest.
    private func isRight(_ pin: SecretBytes, toldTries: Int) async throws -> Bool {
        let request = AssertionRequest(
            relyingPartyID: relyingPartyID, credentialID: try credentialID ?? SecureRandom.bytes(32),
            clientDataHash: try SecureRandom.bytes(32), isSilent: true)
        let mayLackCredential = credentialID == nil
        return try await finder.run(entry) { device in
            let left = try device.pinTries()
            if left < toldTries, left == 1 { throw TriesDwindled() }
            do {
                _ = try device.assertion(request, pin: pin)
            } catch let failure as CTAPFailure {
                if failure.code == FIDO_ERR_PIN_INVALID { return false }
                // A key that goes no further without a touch, or has no such credential, took the PIN before it said so.
                let wantsTouch = failure.isInteractionNeeded && failure.code != FIDO_ERR_PIN_REQUIRED
                guard wantsTouch || (mayLackCredential && failure.isNoCredential) else { throw failure }
            }
            return true
        }
    }

    private static func isPossible(_ pin: SecretBytes) -> Bool {
        pin.withUnsafeBytes { bytes in
            // Continuation bytes of UTF-8 begin no character.
            let characters = bytes.count { $0 & 0xC0 != 0x80 }
            return characters >= minimumCharacters && bytes.count <= maximumBytes && !bytes.contains(0)
        }
    }
}
