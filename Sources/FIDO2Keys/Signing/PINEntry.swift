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

    /// What became of an entry, with the tries that are left after it.
    private enum Outcome {
        case right
        case wrong(triesLeft: Int)
        /// It was not shown to the key: other programs used tries since the person was told how many there are, and but one is left.
        case withheld(triesLeft: Int)
    }

    let entry: DeviceEntry
    let finder: DeviceFinder
    let relyingPartyID: String
    /// What the PIN is checked on; any other where there is no credential yet.
    let credentialID: [UInt8]?

    /// A PIN that the key has just taken, without a touch.
    ///
    /// - Parameters:
    ///   - triesLeft: how many wrong PINs are left, where that was just read.
    ///   - lastWasWrong: whether the person is told that the entry before was wrong.
    /// - Throws: ``DeviceKeyError``.
    func verified(
        presence: any UserPresence, triesLeft: Int? = nil, lastWasWrong: Bool = false
    ) async throws -> SecretBytes {
        var wasWrong = lastWasWrong
        var known = triesLeft
        while true {
            let left: Int
            if let known { left = known } else { left = try await finder.run(entry) { try $0.pinTries() } }
            guard left > 0 else { throw await finder.explained(CTAPFailure(FIDO_ERR_PIN_BLOCKED), on: entry) }
            let pin = try await presence.pin(
                PINRequest(deviceName: entry.name, triesLeft: left, lastEntryWasWrong: wasWrong))
            try Task.checkCancellation()
            // What cannot be a PIN costs no try.
            guard Self.isPossible(pin) else {
                (wasWrong, known) = (true, nil)
                continue
            }
            switch try await check(pin, toldTries: left) {
            case .right: return pin
            case .wrong(let triesLeft): (wasWrong, known) = (true, triesLeft)
            case .withheld(let triesLeft): known = triesLeft
            }
        }
    }

    /// Checks a PIN by an assertion that needs no touch. The key takes the PIN before it looks at the rest.
    private func check(_ pin: SecretBytes, toldTries: Int) async throws -> Outcome {
        let request = AssertionRequest(
            relyingPartyID: relyingPartyID, credentialID: try credentialID ?? SecureRandom.bytes(32),
            clientDataHash: try SecureRandom.bytes(32), isSilent: true)
        let mayLackCredential = credentialID == nil
        return try await finder.run(entry) { device in
            let left = try device.pinTries()
            if left < toldTries, left == 1 { return .withheld(triesLeft: left) }
            do {
                _ = try device.assertion(request, pin: pin)
            } catch let failure as CTAPFailure {
                if failure.code == FIDO_ERR_PIN_INVALID { return .wrong(triesLeft: try device.pinTries()) }
                // A key that goes no further without a touch, or has no such credential, took the PIN before it said so.
                let wantsTouch = failure.isInteractionNeeded && failure.code != FIDO_ERR_PIN_REQUIRED
                guard wantsTouch || (mayLackCredential && failure.isNoCredential) else { throw failure }
            }
            return .right
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
