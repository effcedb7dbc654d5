// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A key that is ready to sign.
public protocol SigningKey: Sendable {
    /// The key as it is kept.
    var stored: StoredKey { get }

    /// Signs a message in JOSE's form (RFC 7518 §3.3, §3.4).
    ///
    /// - Parameter presence: asked for a PIN or a touch where the key needs one; never asked by a promptless key.
    /// - Throws: ``DeviceKeyError``.
    func sign(_ message: [UInt8], presence: any UserPresence) async throws -> KeySignature
}

/// A signature, and how the person was verified for it.
public struct KeySignature: Hashable, Sendable {
    /// The signature in JOSE's form.
    public var bytes: [UInt8]
    /// How the person was verified for this signature.
    public var verification: UserVerificationMethod

    /// A signature that was made with this verification.
    public init(bytes: [UInt8], verification: UserVerificationMethod) {
        self.bytes = bytes
        self.verification = verification
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
