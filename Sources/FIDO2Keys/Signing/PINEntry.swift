// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import CLibfido2
internal import Cryptography
internal import DeviceKeys

/// Asks for a key's PIN.
struct PINEntry: Sendable {
    /// A PIN that the person typed; the key has yet to take it.
    struct Typed: Sendable {
        let pin: SecretBytes
        /// How many wrong PINs were left when it was asked for, as the person was told.
        let toldTries: Int
    }

    /// That the key did not take a PIN, with the tries that are left.
    struct NotTaken: Error {
        /// Else it was not shown to the key: other programs used tries since the person was told how many there are, and but one is
        /// left.
        let wasWrong: Bool
        let triesLeft: Int
    }

    /// What a PIN is long at least, in Unicode characters, and at most, in bytes (CTAP 2.1 §6.5.1).
    private static let minimumCharacters = 4
    private static let maximumBytes = 63

    let entry: DeviceEntry
    let finder: DeviceFinder
    let relyingPartyID: String
    /// What the PIN is checked on; any other where there is no credential yet.
    let credentialID: [UInt8]?

    /// A PIN that the person typed and that may be one: what cannot be costs no try.
    ///
    /// - Parameters:
    ///   - triesLeft: how many wrong PINs are left, where that was just read.
    ///   - lastWasWrong: whether the person is told that the entry before was wrong.
    /// - Throws: ``DeviceKeyError``, also where the key takes none.
    func typed(
        presence: any UserPresence, triesLeft: Int? = nil, lastWasWrong: Bool = false
    ) async throws -> Typed {
        var wasWrong = lastWasWrong
        var known = triesLeft
        while true {
            let left: Int
            if let known { left = known } else { left = try await finder.run(entry) { try $0.pinTries() } }
            guard left > 0 else { throw await finder.explained(CTAPFailure(FIDO_ERR_PIN_BLOCKED), on: entry) }
            let pin = try await presence.pin(
                PINRequest(deviceName: entry.name, triesLeft: left, lastEntryWasWrong: wasWrong))
            try Task.checkCancellation()
            if Self.isPossible(pin) { return Typed(pin: pin, toldTries: left) }
            (wasWrong, known) = (true, nil)
        }
    }

    /// A PIN that the key has just taken, without a touch. It is asked for until it is right, the person gives up, or the key takes no
    /// more.
    ///
    /// - Parameters: as of ``typed(presence:triesLeft:lastWasWrong:)``.
    /// - Throws: ``DeviceKeyError``.
    func verified(
        presence: any UserPresence, triesLeft: Int? = nil, lastWasWrong: Bool = false
    ) async throws -> SecretBytes {
        var typed = try await typed(presence: presence, triesLeft: triesLeft, lastWasWrong: lastWasWrong)
        while true {
            do {
                try await check(typed)
                return typed.pin
            } catch let refusal as NotTaken {
                typed = try await self.typed(
                    presence: presence, triesLeft: refusal.triesLeft, lastWasWrong: refusal.wasWrong)
            }
        }
    }

    /// Checks a PIN by an assertion that needs no touch. The key takes the PIN before it looks at the rest.
    private func check(_ typed: Typed) async throws {
        let request = AssertionRequest(
            relyingPartyID: relyingPartyID, credentialID: try credentialID ?? SecureRandom.bytes(32),
            clientDataHash: try SecureRandom.bytes(32), isSilent: true)
        let mayLackCredential = credentialID == nil
        try await finder.run(entry) { device in
            do {
                _ = try device.assertion(request, firstTrying: typed)
            } catch let failure as CTAPFailure {
                // A key that goes no further without a touch, or has no such credential, took the PIN before it said so.
                let wantsTouch = failure.isInteractionNeeded && failure.code != FIDO_ERR_PIN_REQUIRED
                guard wantsTouch || (mayLackCredential && failure.isNoCredential) else { throw failure }
            }
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

extension OpenDevice {
    /// Gets an assertion by a PIN that the key has yet to take.
    ///
    /// - Throws: ``PINEntry/NotTaken`` where it was wrong, or would cost the last try and the person was told of more;
    ///   ``CTAPFailure``.
    func assertion(_ request: AssertionRequest, firstTrying typed: PINEntry.Typed) throws -> MadeAssertion {
        if mayBeAtLastTry(typed), try pinTries() == 1 { throw PINEntry.NotTaken(wasWrong: false, triesLeft: 1) }
        do { return try assertion(request, pin: typed.pin) } catch let failure
            where failure.code == FIDO_ERR_PIN_INVALID
        {
            throw PINEntry.NotTaken(wasWrong: true, triesLeft: try pinTries())
        }
    }

    /// Whether other programs may have left but one try since the person was told of more.
    ///
    /// Who was told of one alone spends nothing unknowingly. And after three wrong PINs in a row a key takes none before it was unplugged
    /// (CTAP 2.1 §6.5.5.7), so that of five tries or more two are left at least; a reader is not unplugged to that end, but any program
    /// can have it reset its key.
    private func mayBeAtLastTry(_ typed: PINEntry.Typed) -> Bool {
        typed.toldTries > 1 && (typed.toldTries <= Self.triesInARow + 1 || entry.isOnReader)
    }

    private static let triesInARow = 3
}
