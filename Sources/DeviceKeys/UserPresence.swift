// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// Asks the person in front of the machine for what a key needs.
public protocol UserPresence: Sendable {
    /// Asks for the PIN of an existing key.
    ///
    /// - Throws: ``DeviceKeyError`` with ``DeviceKeyError/Code/cancelled`` where the person gives up, or
    ///   ``DeviceKeyError/Code/noPrompt`` where there is no way to ask.
    func pin(_ request: PINRequest) async throws -> SecretBytes

    /// Asks for a new PIN, twice, until both entries are the same and long enough.
    ///
    /// - Parameter minimumLength: in Unicode characters.
    /// - Throws: as ``pin(_:)``.
    func newPIN(minimumLength: Int) async throws -> SecretBytes
}

/// What a person is told when a PIN is asked for.
public struct PINRequest: Hashable, Sendable {
    /// How many wrong entries are left before the key is locked.
    public var triesLeft: Int
    /// Whether the entry just made was wrong.
    public var lastEntryWasWrong: Bool

    /// A request for the PIN of a key.
    public init(triesLeft: Int, lastEntryWasWrong: Bool) {
        self.triesLeft = triesLeft
        self.lastEntryWasWrong = lastEntryWasWrong
    }
}
