// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// Which security key is used, and what kind of credential is made on it.
public struct FIDO2Options: Hashable, Sendable {
    /// Which of the keys that are plugged in is meant.
    public enum Device: Hashable, Sendable {
        /// The only one; where there are several, the one that is touched.
        case any
        /// The one at a path, such as `/dev/hidraw3`, as `agent keys list` shows it.
        case path(String)
        /// The one with a serial number, where its maker tells it over USB.
        case serial(String)
    }

    /// When a credential may be used without its person being verified: the credProtect extension (CTAP 2.1 §12.1).
    public enum CredentialProtection: Int, Hashable, Sendable, CaseIterable, Codable {
        /// Always.
        case userVerificationOptional = 1
        /// Only by who knows the credential's id.
        case userVerificationOptionalWithCredentialID = 2
        /// Never. Such a credential cannot sign silently, so it is of use for user verification alone.
        case userVerificationRequired = 3
    }

    /// Which key is meant.
    public var device: Device
    /// Whether the credential takes one of the few places in the key's own memory, where programs that manage keys list it.
    public var isDiscoverable: Bool
    /// What is asked of the key; `nil` for the key's own default. A key that does not know the extension is refused.
    public var protection: CredentialProtection?
    /// How long a touch or a finger is waited for: by default half of what a verifier lets pass between a response's time, which is
    /// signed, and its arrival.
    public var touchTimeout: Duration
    /// How long is waited for a key to be plugged in.
    public var insertTimeout: Duration

    /// Options.
    public init(
        device: Device = .any, isDiscoverable: Bool = false, protection: CredentialProtection? = nil,
        touchTimeout: Duration = .seconds(30), insertTimeout: Duration = .seconds(60)
    ) {
        self.device = device
        self.isDiscoverable = isDiscoverable
        self.protection = protection
        self.touchTimeout = touchTimeout
        self.insertTimeout = insertTimeout
    }
}
