// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

/// An element of the answer of `GET /.well-known/app-authenticator-configuration`: how to enrol at a verifier.
public struct AuthenticatorConfiguration: Hashable, Sendable, Codable {
    /// The id of the authenticator that devices enrol in.
    public var authenticatorID: String
    /// The organisation's id.
    public var organizationID: String
    /// The organisation's name, for a person.
    public var name: String
    /// `countersign`.
    public var key: String
    /// The issuer URL.
    public var issuer: String
    /// What the organisation asks of an enrolment.
    public var settings: Settings
    /// Where the enrolment is posted.
    public var enrollEndpoint: String
    /// The challenge keys to pin.
    public var pinnedKeySet: PinnedKeySet

    /// What the organisation asks of an enrolment.
    public struct Settings: Hashable, Sendable, Codable {
        /// `required`, `preferred` or `none`: whether a user-verification key is to be made.
        public var userVerification: String
        /// The client id with which a person signs in to enrol.
        public var oauthClientID: String
        /// Whether a fingerprint reader of the machine's counts as verification; a verifier that does not say so takes none.
        public var fingerprintReaders: Bool?
        /// `ANY` or `HARDWARE`: what protection a key needs for any sign-in; a verifier that does not say so takes any.
        public var keyProtection: String?

        /// Settings.
        public init(
            userVerification: String, oauthClientID: String, fingerprintReaders: Bool? = nil,
            keyProtection: KeyProtection? = nil
        ) {
            self.userVerification = userVerification
            self.oauthClientID = oauthClientID
            self.fingerprintReaders = fingerprintReaders
            self.keyProtection = keyProtection?.rawValue
        }

        private enum CodingKeys: String, CodingKey {
            case userVerification, fingerprintReaders, keyProtection
            case oauthClientID = "oauthClientId"
        }
    }

    /// A configuration.
    public init(
        authenticatorID: String, organizationID: String, name: String, issuer: String, settings: Settings,
        enrollEndpoint: String, pinnedKeySet: PinnedKeySet
    ) {
        self.authenticatorID = authenticatorID
        self.organizationID = organizationID
        self.name = name
        key = "countersign"
        self.issuer = issuer
        self.settings = settings
        self.enrollEndpoint = enrollEndpoint
        self.pinnedKeySet = pinnedKeySet
    }

    private enum CodingKeys: String, CodingKey {
        case authenticatorID = "authenticatorId"
        case organizationID = "orgId"
        case enrollEndpoint = "appAuthenticatorEnrollEndpoint"
        case name, key, issuer, settings, pinnedKeySet
    }

    /// The client id under which agents sign people in.
    public static let agentClientID = "countersign-agent"
    /// The scope of an access token that may enrol.
    public static let enrollScope = "okta.myAccount.appAuthenticator.manage"
}
