// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// The key of an authenticator, such as `okta_verify`; in lower case, whatever the document has.
public struct AuthenticatorKey: Hashable, Sendable, CustomStringConvertible {
    /// The key in lower case.
    public let rawValue: String

    /// A key.
    public init(_ text: String) { rawValue = text.asciiLowercased }

    public var description: String { rawValue }

    /// A password.
    public static let password = AuthenticatorKey("okta_password")
    /// This product's own authenticator, in the place that Okta Verify has.
    public static let oktaVerify = AuthenticatorKey("okta_verify")
    /// A smart card.
    public static let smartCard = AuthenticatorKey("smart_card_idp")
    /// A passkey or security key.
    public static let webAuthn = AuthenticatorKey("webauthn")
}

/// The way in which an authenticator is used, such as `SIGNED_NONCE`; in upper case, whatever the document has.
public struct AuthenticatorMethod: Hashable, Sendable, CustomStringConvertible {
    /// The method in upper case.
    public let rawValue: String

    /// A method.
    public init(_ text: String) { rawValue = text.asciiUppercased }

    public var description: String { rawValue }

    /// A certificate on a card.
    public static let certificate = AuthenticatorMethod("CERT")
    /// A password.
    public static let password = AuthenticatorMethod("PASSWORD")
    /// A push message.
    public static let push = AuthenticatorMethod("PUSH")
    /// A challenge signed on the device: FastPass, and what this product does.
    public static let signedNonce = AuthenticatorMethod("SIGNED_NONCE")
    /// A one-time code by the clock.
    public static let totp = AuthenticatorMethod("TOTP")
    /// WebAuthn.
    public static let webAuthn = AuthenticatorMethod("WEBAUTHN")
}

/// The type of an authenticator, such as `APP`; in upper case, whatever the document has.
public struct AuthenticatorType: Hashable, Sendable, CustomStringConvertible {
    /// The type in upper case.
    public let rawValue: String

    /// A type.
    public init(_ text: String) { rawValue = text.asciiUppercased }

    public var description: String { rawValue }
}

/// An authenticator and the way it is used.
public struct AuthenticatorUse: Hashable, Sendable, CustomStringConvertible {
    /// The authenticator.
    public var key: AuthenticatorKey
    /// The way.
    public var method: AuthenticatorMethod

    /// A use. The keys by which one of Okta Verify's methods is named alone are taken as `okta_verify` with that method.
    public init(_ key: AuthenticatorKey, _ method: AuthenticatorMethod) {
        let split = Self.split[key.rawValue]
        self.key = split == nil ? key : .oktaVerify
        self.method = split ?? method
    }

    public var description: String { "\(key) \(method)" }

    /// The keys that name one method of Okta Verify.
    static let split: [String: AuthenticatorMethod] = [
        "okta_verify_fastpass": .signedNonce, "okta_verify_push": .push, "okta_verify_totp": .totp,
    ]
}
