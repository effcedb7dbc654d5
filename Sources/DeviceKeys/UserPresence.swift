// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

public import Cryptography

/// Asks the person in front of the machine for what a key needs.
public protocol UserPresence: Sendable {
    /// Asks for the PIN of an existing key, or for another secret of its hardware.
    ///
    /// - Returns: what was typed, as UTF-8 in Unicode's Normalization Form C (as CTAP 2.1 §6.5.1 has it).
    /// - Throws: ``DeviceKeyError`` with ``DeviceKeyError/Code/cancelled`` where the person gives up,
    ///   ``DeviceKeyError/Code/timedOut`` where nobody answers, or ``DeviceKeyError/Code/noPrompt`` where there is no way to ask.
    func pin(_ request: PINRequest) async throws -> SecretBytes

    /// Asks for a new PIN, twice, until both entries are the same and long enough.
    ///
    /// - Parameter minimumLength: in characters, as `SecretBytes.characterCount` counts them.
    /// - Returns: as ``pin(_:)``.
    /// - Throws: as ``pin(_:)``.
    func newPIN(minimumLength: Int) async throws -> SecretBytes

    /// Tells the person that hardware waits for them, until the body ends, and then takes the message back.
    ///
    /// Telling is best effort: where nothing can be shown the body runs all the same, for the hardware blinks.
    /// - Throws: what the body throws.
    func whileWaiting<Result: Sendable>(
        for action: HardwareAction, _ body: @Sendable () async throws -> Result
    ) async throws -> Result

    /// Has the machine's fingerprint reader look at the person's finger while they are told what for, and returns only once it
    /// knew the finger.
    ///
    /// - Throws: ``DeviceKeyError``: ``DeviceKeyError/Code/cancelled`` where the person gives up, ``DeviceKeyError/Code/timedOut``
    ///   where nobody comes, ``DeviceKeyError/Code/noPrompt`` where there is no way to tell the person what the finger is for,
    ///   ``DeviceKeyError/Code/deviceRemoved`` where there is no reader, ``DeviceKeyError/Code/permissionDenied`` where the
    ///   person may not use it, ``DeviceKeyError/Code/unavailable`` where it is in use, has no finger of the person's, or knew
    ///   none of those that were shown to it.
    func verifyFinger() async throws
}

extension UserPresence {
    /// Without a reader no finger is ever known.
    public func verifyFinger() async throws {
        throw DeviceKeyError(.noPrompt, "nobody can be asked for a finger here")
    }
}

/// What a person is told when a PIN is asked for.
public struct PINRequest: Hashable, Sendable {
    /// What is asked for.
    public enum Secret: Hashable, Sendable {
        /// The key's PIN.
        case pin
        /// A smart card's management key (NIST SP 800-73-4 Part 1 §3.3.4), in hexadecimal digits.
        case managementKey
    }

    /// What is asked for.
    public var secret: Secret
    /// The hardware, such as `YubiKey 5 NFC`, where it has a name; it may come from the hardware, so it is shown with care.
    public var deviceName: String?
    /// How many wrong entries are left before the key is locked, where that is known.
    public var triesLeft: Int?
    /// Whether the entry just made was wrong.
    public var lastEntryWasWrong: Bool

    /// A request for the PIN of a key.
    public init(secret: Secret = .pin, deviceName: String? = nil, triesLeft: Int?, lastEntryWasWrong: Bool) {
        self.secret = secret
        self.deviceName = deviceName
        self.triesLeft = triesLeft
        self.lastEntryWasWrong = lastEntryWasWrong
    }
}

/// What hardware waits for.
public struct HardwareAction: Hashable, Sendable {
    /// What the person is to do.
    public enum Kind: Hashable, Sendable {
        /// Touch the key.
        case touch
        /// Put a finger on the key's reader.
        case fingerprint
        /// Type the PIN on the card reader's own pad.
        case pinOnReader
        /// Plug the key in.
        case insert
    }

    /// What the person is to do.
    public var kind: Kind
    /// The hardware, where it has a name; it may come from the hardware, so it is shown with care.
    public var deviceName: String?

    /// An action.
    public init(_ kind: Kind, deviceName: String? = nil) {
        self.kind = kind
        self.deviceName = deviceName
    }
}
