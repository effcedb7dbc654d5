// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// A class of factors.
public enum FactorClass: String, Hashable, Sendable, CaseIterable {
    /// Something one knows.
    case knowledge
    /// Something one has.
    case possession
    /// Something one is.
    case inherence
}

/// What a key, or a use of it, may be.
public enum AuthenticatorTrait: String, Hashable, Sendable, CaseIterable {
    /// Kept in hardware.
    case hardwareProtected
    /// Bound to one device.
    case deviceBound
    /// Of no use to who stands between.
    case phishingResistant
    /// The person showed that they are there.
    case userPresence
    /// The person showed that it is they.
    case userVerified
}

/// What is known of authenticators and the ways they are used, after Okta's table of characteristics.
public enum AuthenticatorMatrix {
    /// A line of the table.
    public struct Entry: Hashable, Sendable {
        /// The authenticator and the way it is used.
        public var use: AuthenticatorUse
        /// Its type.
        public var type: AuthenticatorType
        /// The classes that it may prove.
        public var classes: Set<FactorClass>
        /// What every use is.
        public var always: Set<AuthenticatorTrait>
        /// What some uses are; only the one that has happened can tell.
        public var sometimes: Set<AuthenticatorTrait>

        fileprivate init(
            _ key: String, _ type: String, _ method: String, _ classes: Set<FactorClass>,
            always: Set<AuthenticatorTrait>, sometimes: Set<AuthenticatorTrait> = []
        ) {
            use = AuthenticatorUse(AuthenticatorKey(key), AuthenticatorMethod(method))
            self.type = AuthenticatorType(type)
            self.classes = classes
            self.always = always
            self.sometimes = sometimes
        }
    }

    /// The line of a use; `nil` for one that the table does not have, which proves nothing.
    public static func entry(for use: AuthenticatorUse) -> Entry? { table[use] }

    /// All lines.
    ///
    /// Whether a person was verified is never taken for granted, also where the table has it without an asterisk: a
    /// security key may be used without.
    public static let entries: [Entry] = [
        Entry("okta_password", "PASSWORD", "PASSWORD", [.knowledge], always: [.userPresence]),
        Entry("security_question", "SECURITY_QUESTION", "SECURITY_QUESTION", [.knowledge], always: [.userPresence]),
        Entry("okta_email", "EMAIL", "EMAIL", [.possession], always: [.userPresence]),
        Entry("phone_number", "PHONE", "SMS", [.possession], always: [.userPresence]),
        Entry("phone_number", "PHONE", "VOICE", [.possession], always: [.userPresence]),
        Entry("duo", "APP", "DUO", [.possession], always: [.userPresence], sometimes: [.deviceBound]),
        Entry("symantec_vip", "APP", "OTP", [.possession], always: [.deviceBound, .userPresence]),
        Entry("google_otp", "APP", "OTP", [.possession], always: [.deviceBound, .userPresence]),
        Entry("okta_verify", "APP", "TOTP", [.possession], always: [.deviceBound], sometimes: [.userPresence]),
        Entry(
            "okta_verify", "APP", "PUSH", [.possession, .inherence], always: [.hardwareProtected, .deviceBound],
            sometimes: [.userPresence, .userVerified]),
        Entry(
            "okta_verify", "APP", "SIGNED_NONCE", [.possession, .inherence], always: [.deviceBound],
            sometimes: [.hardwareProtected, .phishingResistant, .userPresence, .userVerified]),
        Entry(
            "custom_app", "APP", "PUSH", [.possession, .inherence], always: [.deviceBound, .userPresence],
            sometimes: [.hardwareProtected, .userVerified]),
        Entry(
            "webauthn", "SECURITY_KEY", "WEBAUTHN", [.possession, .inherence],
            always: [.deviceBound, .phishingResistant, .userPresence], sometimes: [.userVerified]),
        Entry("custom_otp", "SECURITY_KEY", "OTP", [.possession], always: [.deviceBound, .userPresence]),
        Entry("onprem_mfa", "SECURITY_KEY", "OTP", [.possession], always: [.deviceBound, .userPresence]),
        Entry("rsa_token", "SECURITY_KEY", "OTP", [.possession], always: [.deviceBound, .userPresence]),
        Entry(
            "yubikey_token", "SECURITY_KEY", "OTP", [.possession],
            always: [.hardwareProtected, .deviceBound, .userPresence]),
        Entry("external_idp", "FEDERATED", "IDP", [.possession], always: [.userPresence]),
        Entry(
            "smart_card_idp", "FEDERATED", "CERT", [.possession, .knowledge, .inherence],
            always: [.deviceBound, .phishingResistant, .userPresence], sometimes: [.hardwareProtected, .userVerified]),
    ]

    private static let table = Dictionary(uniqueKeysWithValues: entries.map { ($0.use, $0) })
}
